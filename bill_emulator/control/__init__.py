"""The control API under /control, with which tests change the emulator while it runs."""
