"""`python -m benchmarks.canned_bill --rows 200000` serves until the process is terminated."""

from benchmarks.canned_bill.server import main

main()
