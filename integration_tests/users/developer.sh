#!/usr/bin/env bash
# A developer on a laptop, without a BILL account: the lines of README.md in their order, in a fresh
# clone. PORT=0 lets the local BILL choose a free port. LONG=1 also runs the demo and the tests.
source "$(dirname "$0")/fresh_clone.sh"

set -m # the emulator gets a process group of its own, so that it can be stopped with make
make emulator &
emulator=$!
set +m
wait_for_emulator

make sync
.venv/bin/python -c "import duckdb; bill = duckdb.connect('bill.duckdb'); bill.sql('''
SELECT payment_status, count(*) AS bills FROM bills GROUP BY ALL ORDER BY bills DESC LIMIT 3''').show()"

make sync DATABASE=my-organization.duckdb

.venv/bin/source-billcom check    --config secrets/config.json
.venv/bin/source-billcom discover --config secrets/config.json --configured > secrets/catalog.json
.venv/bin/source-billcom read     --config secrets/config.json --catalog secrets/catalog.json

if [[ -n ${LONG:-} ]]; then
  make demo
  make test
fi
