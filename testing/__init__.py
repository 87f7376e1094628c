"""Shared by tests, reliability and benchmarks: the connector as a program, BILL's rows, servers.

Each module imports only modules above it:

```
streams           the table of streams, read from the manifest
rows              compares rows with BILL's, and checks them against their schema
catalog           the catalog as `discover` gives it, and configured catalogs made from it
result            what one run of the connector printed, message by message
forked_command    starts the connector in about 0.2 s, from a process that has imported it already
connector         the connector with one configuration: spec, check, discover and read
fast_clock        the connector with a clock whose waits take no time
no_timeouts       the connector whose calls wait for BILL as long as it takes
docker            Docker's client, and this machine's address as containers see it
image             the connector's image as a program
waiting           waits until a condition holds, however slow the machine is
user_messages     what a user may be told: one short message, no traceback, no secret
fixed_server      a server that gives every request the same response
forward_proxy     an HTTP proxy that notes what passes through it
postgres_server   a PostgreSQL server that lives as long as a test
```
"""
