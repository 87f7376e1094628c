"""What the parts share: one sync, the destination it fills, and the search for secrets."""
