"""The control API under /control. Tests use it to change the emulator while it runs."""
