"""The cheapest way to read a list in Python: requests, orjson, RECORD lines, page tokens.

It has no state, no retries and no checks. The difference to a connector is what those cost.
"""

from __future__ import annotations

import sys
import time

import orjson

from benchmarks.readers.sign_in import sign_in


def main() -> None:
    """Write every bill as a RECORD line. The only argument is the path of the configuration."""
    url, http = sign_in()
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
