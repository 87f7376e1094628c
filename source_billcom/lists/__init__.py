"""One list of BILL, read to its end without losing a row."""
