"""One call to BILL.

The modules, each of which uses only those below it:

- client_pool: who shares a connection, a session and limits
- session: signs in, renews and logs out; implements Authenticator
- list_requests, query: a page of a list, and what is asked of BILL for it
- client: one call, with its attempts
- auth: what an Authenticator is
- retry: how long a call is retried, and the waits
- outage: whether BILL can be reached at all
- transport: one HTTP call
- rate_limits: 20,000 calls an hour, three at once
- error_handling, error_messages: what a response means, and what the user is told
"""
