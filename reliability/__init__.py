"""Proof that the connector loses nothing and gives nothing away, whatever BILL or its user does."""
