"""A server that serves only bills, much faster than the emulator."""
