"""The connector in use: BILL into DuckDB through PyAirbyte."""

import os
import warnings

# Before PyAirbyte is imported, which reads them then: no network but BILL's is needed, since the
# connector is on this machine, and nobody is told about its use.
os.environ.setdefault("AIRBYTE_OFFLINE_MODE", "1")
os.environ.setdefault("DO_NOT_TRACK", "1")

# Google's packages, which PyAirbyte imports for BigQuery, announce the end of Python 3.11.
warnings.filterwarnings("ignore", category=FutureWarning)
