"""`billcom-sync`: a BILL organization into DuckDB or PostgreSQL, in one command.

arguments  the command line            reader          the process that reads BILL
streams    the connector's streams     reader_process  starts it and passes on its lines
plan       what to read of each        messages        those lines as values
ranges     what the tables cover       sync            writes rows and states
progress   how far it is               interrupts      Ctrl-C, SIGTERM, SIGHUP
display    lines, or terminal          summary, report what is said at the end
destinations/                          DuckDB and PostgreSQL

The two processes share nothing but lines. The reader alone imports the connector and signs in.
"""
