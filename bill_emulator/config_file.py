"""Writes the configuration with which source-billcom reads this emulator."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from bill_emulator.emulated_bill import Bill

_OWNER_ONLY_FOLDER, _OWNER_ONLY_FILE = 0o700, 0o600


def client_config(bill: Bill, base_url: str) -> dict[str, str]:
    """Return the configuration of source-billcom, with the sync token."""
    known = bill.credentials
    return {
        "username": known.sync_token_name,
        "password": known.sync_token_value,
        "organization_id": known.organization_id,
        "dev_key": known.developer_key,
        "base_url": base_url,
    }


def write_config(path: Path, config: dict[str, str]) -> str:
    """Write the configuration to a new file that only its owner may read.

    A file that exists is never changed: it may be the configuration of a real account. Returns what
    to print: what was done, and the configuration.
    """
    text = json.dumps(config, indent=2)
    return f"{_written(path, text)}\n{text}"


def _written(path: Path, text: str) -> str:
    try:
        path.parent.mkdir(mode=_OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY_FILE)
    except FileExistsError:
        return f"{path} exists, so it was not changed. The configuration of this emulator is:"
    except OSError as error:
        return f"{path} cannot be written: {error.strerror}. The configuration of this emulator is:"
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text + "\n")
    return f"Wrote the configuration of this emulator to {path}:"
