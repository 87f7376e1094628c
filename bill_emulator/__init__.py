"""A local emulator of BILL's v3 REST API, for tests over real HTTP."""
