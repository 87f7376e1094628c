"""Proof that the connector loses no row and leaks no secret, whatever BILL or its user does.

parts/     what `make reliability` runs, one module per part, each with a `run`
cases/     tables of cases: emulator options, and bad configurations, catalogs and states
harness/   what the parts share: a sync, the destination it fills, the search for secrets
"""
