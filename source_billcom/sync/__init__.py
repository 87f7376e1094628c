"""All streams of one sync: scheduling, progress, state, schemas and messages."""
