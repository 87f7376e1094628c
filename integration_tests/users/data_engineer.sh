#!/usr/bin/env bash
# A data engineer with Airbyte: builds the image and uses it as Airbyte's platform does, in a fresh
# clone, with a local BILL. CONNECTOR_IMAGE names an image that is already built.
source "$(dirname "$0")/fresh_clone.sh"

make setup
# a container reaches this machine at another address than 127.0.0.1
host=$(.venv/bin/python -c "from testing.docker import host_for_containers as host; print(host())")
set -m
.venv/bin/python -m bill_emulator --host 0.0.0.0 --port 0 --write-config secrets/config.json &
emulator=$!
set +m
wait_for_emulator
sed -i "s/127\.0\.0\.1\|0\.0\.0\.0/$host/" secrets/config.json

.venv/bin/source-billcom check    --config secrets/config.json
.venv/bin/source-billcom discover --config secrets/config.json --configured > secrets/catalog.json
.venv/bin/source-billcom read     --config secrets/config.json --catalog secrets/catalog.json

if [[ -z ${CONNECTOR_IMAGE:-} ]]; then
  make image
elif [[ $CONNECTOR_IMAGE != source-billcom:dev ]]; then
  docker tag "$CONNECTOR_IMAGE" source-billcom:dev
fi
docker run --rm source-billcom:dev spec
docker run --rm --user "$(id -u)" -v "$PWD/secrets:/secrets:ro" source-billcom:dev check --config /secrets/config.json
docker run --rm --user "$(id -u)" -v "$PWD/secrets:/secrets:ro" source-billcom:dev discover \
    --config /secrets/config.json --configured > secrets/catalog.json
{
  docker run --rm --user "$(id -u)" -v "$PWD/secrets:/secrets:ro" source-billcom:dev read \
    --config /secrets/config.json --catalog /secrets/catalog.json
} > first.jsonl

# Airbyte keeps the last state of each stream and gives it to the next read
.venv/bin/python - <<'PYTHON'
import json

states = {}
for line in open("first.jsonl"):
    message = json.loads(line)
    if message["type"] == "STATE":
        state = message["state"]
        states[state["stream"]["stream_descriptor"]["name"]] = state
with open("secrets/state.json", "w") as file:
    json.dump(list(states.values()), file)
PYTHON
docker run --rm --user "$(id -u)" -v "$PWD/secrets:/secrets:ro" source-billcom:dev read --config /secrets/config.json \
  --catalog /secrets/catalog.json --state /secrets/state.json > second.jsonl

# what Airbyte's form for a custom connector asks for
echo "Docker full image name: source-billcom"
echo "Docker image tag: dev"
echo "Bills in the first read: $(grep -c '"stream":"bills","data"' first.jsonl || true)"
echo "Bills in the second read: $(grep -c '"stream":"bills","data"' second.jsonl || true)"
