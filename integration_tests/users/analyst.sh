#!/usr/bin/env bash
# An analyst with PyAirbyte: the Python of README.md, and a query of what it loaded, in a fresh clone
# with a local BILL.
source "$(dirname "$0")/fresh_clone.sh"

make setup
set -m
.venv/bin/python -m bill_emulator --port 0 --write-config secrets/config.json &
emulator=$!
set +m
wait_for_emulator

.venv/bin/python - <<'PYTHON'
import json, os

os.environ["AIRBYTE_OFFLINE_MODE"] = "1"  # Airbyte's registry does not list this connector
import airbyte as ab

source = ab.get_source("source-billcom", local_executable=".venv/bin/source-billcom")
source.set_config(json.load(open("secrets/config.json")))
source.select_all_streams()
result = source.read(cache=ab.caches.DuckDBCache(db_path="airbyte.duckdb"))
print(result["bills"].to_pandas().head())
PYTHON

.venv/bin/python -c "import duckdb; bill = duckdb.connect('airbyte.duckdb'); bill.sql('''
SELECT v.name, count(*) AS bills, sum(b.dueamount) AS due
FROM bills AS b JOIN vendors AS v ON b.vendorid = v.id
GROUP BY v.name ORDER BY due DESC LIMIT 5''').show()"
