"""One list at a time, page after page in one thread, as other BILL connectors read.

It has a generator of pages for each list and uses `response.json()`. The rows are only counted.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from benchmarks.readers.sign_in import sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    import requests


def pages(http: requests.Session, url: str) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows of each page of a list, in order of updatedTime."""
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
    """Read the lists. Arguments: the path of the configuration, then the lists' paths."""
    url, http = sign_in()
    for path in sys.argv[2:]:
        rows = sum(1 for page in pages(http, url + path) for _ in page)
        sys.stdout.write(f"{path}\t{rows}\n")
    http.post(url + "/v3/logout", timeout=60)


if __name__ == "__main__":
    main()
