"""`billcom-sync`: a BILL organization into DuckDB or PostgreSQL, in one command.

arguments  the command line            reader          the process that reads BILL
streams    the connector's streams     reader_process  starts the reader, returns its lines
plan       what to read of each        messages        the reader's lines as values
ranges     what the tables cover       sync            writes rows and states
progress   how far the run is          interrupts      Ctrl-C, SIGTERM, SIGHUP
display    lines, or terminal          summary, report what is said at the end
destinations/                          DuckDB and PostgreSQL

The reader is a process of its own. Only it signs in and imports Airbyte's CDK. The two processes
exchange nothing but lines.
"""
