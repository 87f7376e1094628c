"""The connector and the emulator through their front doors: command line and HTTP."""
