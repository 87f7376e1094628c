"""Sign in to BILL, for the readers that are not connectors."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import requests


def sign_in() -> tuple[str, requests.Session]:
    """Sign in with the configuration named on the command line. Return base URL and session."""
    config = json.loads(Path(sys.argv[1]).read_bytes())
    http = requests.Session()
    url = str(config["base_url"])
    login = {
        "username": config["username"],
        "password": config["password"],
        "organizationId": config["organization_id"],
        "devKey": config["dev_key"],
    }
    session = http.post(url + "/v3/login", json=login, timeout=60).json()["sessionId"]
    http.headers.update({"sessionId": session, "devKey": config["dev_key"]})
    return url, http
