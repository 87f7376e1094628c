"""`make sync`: a real BILL account into DuckDB or PostgreSQL, through PyAirbyte.

Import this package before `airbyte`: PyAirbyte reads these settings when it is imported.
"""

import os
import warnings

# PyAirbyte must not look for connectors or report its use over the network. The connector is
# installed on this machine, so BILL is the only address that is needed.
os.environ.setdefault("AIRBYTE_OFFLINE_MODE", "1")
os.environ.setdefault("DO_NOT_TRACK", "1")

# Google's packages, which PyAirbyte imports for BigQuery, warn that support for Python 3.11 ends.
warnings.filterwarnings("ignore", category=FutureWarning)
