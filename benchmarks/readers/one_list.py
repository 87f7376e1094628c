"""One list at a time, a token after another: how data warehouses' own BILL sources read.

A generator of pages per list, `response.json()`, one thread; the rows are counted in place of
being loaded.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from benchmarks.readers.sign_in import sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    import requests


def pages(http: requests.Session, url: str) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows of each page of a list, as updatedTime has them."""
    params = {"max": "100", "sort": "updatedTime:asc"}
    while True:
        response = http.get(url, params=params, timeout=60)
        response.raise_for_status()
        page = response.json()
        yield page["results"]
        if not page.get("nextPage"):
            return
        params["page"] = page["nextPage"]


def main() -> None:
    """Read the lists named after the configuration's file: `config.json /v3/bills`."""
    url, http = sign_in()
    for path in sys.argv[2:]:
        rows = sum(1 for page in pages(http, url + path) for _ in page)
        sys.stdout.write(f"{path}\t{rows}\n")
    http.post(url + "/v3/logout", timeout=60)


if __name__ == "__main__":
    main()
