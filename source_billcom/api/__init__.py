"""One call to BILL: authentication, rate limits, retries, and what each response means."""
