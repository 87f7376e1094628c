"""A local BILL: the v3 REST API as far as public material tells, for tests over real HTTP."""
