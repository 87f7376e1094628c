"""Airbyte's acceptance files: their content, and an emulator that their configurations fit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bill_emulator.process import Emulator

if TYPE_CHECKING:
    from testing.rows import Json

FOLDER = Path(__file__).parent
AS_OF = "2026-06-30"
INVALID = {
    "invalid_config_password": "BILL does not know this username and password",
    "invalid_config_dev_key": "BILL does not accept the developer key",
    "invalid_config_organization": "BILL does not know this organization ID",
    "invalid_config_base_url": "There is no BILL API at Base URL",
    "invalid_config_unreachable": "Cannot reach 127.0.0.1",
    "invalid_config_anchor_date": "Anchor Date 2999-01-31 is in the future",
}
"""The invalid configurations, and how the message about each begins."""

_COMMITTED_ROOT_URL = "http://127.0.0.1:8900"  # of the emulator in the committed files


def load(name: str) -> Any:
    """Return the content of one of the JSON files."""
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def config_names() -> list[str]:
    """Return the names of the configurations, without `.json`."""
    paths = [*FOLDER.glob("*config.json"), *FOLDER.glob("*config_*.json")]
    return sorted(path.stem for path in paths)


def config(name: str, root_url: str) -> Json:
    """Return a configuration; where it names the emulator, it points at `root_url`."""
    content: Json = load(f"{name}.json")
    return {**content, "base_url": content["base_url"].replace(_COMMITTED_ROOT_URL, root_url)}


def acceptance_emulator(**flags: Any) -> Emulator:
    """Return the emulator, not started, with the company that the files are about."""
    organization = load("config.json")["organization_id"]
    return Emulator(seed=1, scale=0.05, as_of=AS_OF, organization_id=organization, **flags)
