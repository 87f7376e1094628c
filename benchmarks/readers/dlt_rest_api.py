"""dlt's rest_api source, whose rows are only counted. Needs the packages of requirements.txt.

dlt is configured as a BILL user would do it: a session, the cursor in `nextPage`, the list.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import requests
from dlt.sources.rest_api import rest_api_resources  # type: ignore[import-not-found]


def main() -> None:
    """Iterate over every bill. The only argument is the path of the configuration."""
    config = json.loads(Path(sys.argv[1]).read_bytes())
    login = {
        "username": config["username"],
        "password": config["password"],
        "organizationId": config["organization_id"],
        "devKey": config["dev_key"],
    }
    url = config["base_url"]
    session = requests.post(url + "/v3/login", json=login, timeout=60).json()["sessionId"]
    headers = {"sessionId": session, "devKey": config["dev_key"]}
    source: Any = {
        "client": {
            "base_url": url,
            "headers": headers,
            "paginator": {
                "type": "cursor",
                "cursor_path": "nextPage",
                "cursor_param": "page",
            },
        },
        "resources": [
            {
                "name": "bills",
                "primary_key": "id",
                "endpoint": {
                    "path": "/v3/bills",
                    "params": {"max": 100, "sort": "updatedTime:asc"},
                    "data_selector": "results",
                },
            }
        ],
    }
    rows = sum(1 for resource in rest_api_resources(source) for _ in resource)
    sys.stdout.write(f"/v3/bills\t{rows}\n")
    requests.post(url + "/v3/logout", headers=headers, timeout=60)


if __name__ == "__main__":
    main()
