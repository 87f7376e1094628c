"""Run Airbyte's `airbyte-ops` with fixed answers instead of the internet.

`python offline_qa.py local connector qa ...` is `airbyte-ops local connector qa ...`, except that
every look-up gets one of the answers below. They are assumptions, not checks:

- The base image that metadata.yaml names is on Docker Hub, with that digest.
- The connector is new: Docker Hub, Airbyte's registry and Airbyte's repository do not have it.
- Every link of the documentation page works.

Any other look-up ends the program with exit code 3, so that a new version of `airbyte-ops` cannot
pass by asking for something that nobody thought of. `ONLINE=1 make airbyte-gates` uses the internet
instead of this script.

It runs in the root of a tree like Airbyte's repository, which integration_tests/airbyte_gates.py
makes.
"""

from __future__ import annotations

import io
import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

_UNEXPECTED = 3
"""The exit code after a look-up that has no fixed answer."""
_NO_CONNECTORS: Mapping[str, Any] = {"sources": [], "destinations": []}
_DOCKER_HUB = "https://registry.hub.docker.com/v2/repositories/"
_REGISTRY = "https://connectors.airbyte.com/files/registries/v0/"
_REPOSITORY = "https://raw.githubusercontent.com/airbytehq/airbyte/master/"


def answers(base_image: str, page: str) -> dict[str, tuple[int, Any]]:
    """Return the fixed answers: for each URL its HTTP status and its JSON body.

    Args:
        base_image: the image that metadata.yaml names, such as `docker.io/a/b:1.0@sha256:...`
        page: the documentation page, as Markdown

    """
    image, digest = base_image.removeprefix("docker.io/").split("@")
    name, tag = image.split(":")
    links = re.findall(r"https?://[^\s`)]+", page)
    return {
        f"{_DOCKER_HUB}{name}/tags/{tag}": (200, {"digest": digest}),
        f"{_DOCKER_HUB}airbyte/source-billcom/tags?page_size=100": (404, None),
        f"{_REGISTRY}oss_registry.json": (200, _NO_CONNECTORS),
        f"{_REGISTRY}cloud_registry.json": (200, _NO_CONNECTORS),
        f"{_REPOSITORY}airbyte-integrations/connectors/source-billcom/metadata.yaml": (404, None),
        **{_without_fragment(link): (200, None) for link in links},
    }


def _without_fragment(url: str) -> str:
    return urlsplit(url)._replace(fragment="").geturl()


def answer_with(known: Mapping[str, tuple[int, Any]]) -> None:
    """Make `requests` give the known answers, and end the program for any other URL."""

    def send(
        _session: requests.Session, request: requests.PreparedRequest, **_options: object
    ) -> requests.Response:
        url = _without_fragment(str(request.url)).removesuffix("/")
        found = next((known[each] for each in (url, f"{url}/") if each in known), None)
        if found is None:
            sys.stderr.write(f"A look-up without a fixed answer: {request.method} {request.url}\n")
            sys.stderr.flush()
            os._exit(_UNEXPECTED)  # the look-ups run in threads, which swallow exceptions
        status, body = found
        response = requests.Response()
        response.status_code = status
        response.url = url
        response.request = request
        response.raw = io.BytesIO(json.dumps(body).encode())
        return response

    requests.Session.send = send  # type: ignore[method-assign]


def main() -> None:
    """Answer look-ups and become `airbyte-ops`."""
    metadata = yaml.safe_load(
        Path("airbyte-integrations/connectors/source-billcom/metadata.yaml").read_text("utf-8")
    )
    answer_with(
        answers(
            metadata["data"]["connectorBuildOptions"]["baseImage"],
            Path("docs/integrations/sources/billcom.md").read_text("utf-8"),
        )
    )
    from airbyte_ops_mcp.cli.app import main as airbyte_ops  # noqa: PLC0415 - in that environment

    airbyte_ops()


if __name__ == "__main__":
    main()
