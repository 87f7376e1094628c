"""The least that reading a list can cost in Python: requests, orjson, RECORD lines, tokens.

No state, no retries, no checks: what a connector adds to this is what it costs.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import orjson
import requests


def main() -> None:
    """Write every bill as a RECORD line; the configuration's file is the only argument."""
    config = json.loads(Path(sys.argv[1]).read_bytes())
    url = config["base_url"]
    http = requests.Session()
    login = {
        "username": config["username"],
        "password": config["password"],
        "organizationId": config["organization_id"],
        "devKey": config["dev_key"],
    }
    session = http.post(url + "/v3/login", json=login, timeout=60).json()["sessionId"]
    http.headers.update({"sessionId": session, "devKey": config["dev_key"]})
    params = {"max": "100", "sort": "updatedTime:asc"}
    out = sys.stdout.buffer
    while True:
        page = orjson.loads(http.get(url + "/v3/bills", params=params, timeout=60).content)
        emitted_at = int(time.time() * 1000)
        for row in page["results"]:
            record = {"stream": "bills", "data": row, "emitted_at": emitted_at}
            out.write(orjson.dumps({"type": "RECORD", "record": record}) + b"\n")
        if not page.get("nextPage"):
            break
        params["page"] = page["nextPage"]
    http.post(url + "/v3/logout", timeout=60)


if __name__ == "__main__":
    main()
