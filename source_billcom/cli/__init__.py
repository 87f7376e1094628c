"""The command `source-billcom`: files, records on stdout, signals, exit codes."""
