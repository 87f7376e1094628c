"""The bill of materials that `make image` writes lists the packages of the image."""

from __future__ import annotations

import json

import pytest

from integration_tests.test_image_contents import found
from testing.docker import docker
from testing.image import image_name
from testing.lock_file import canonical, locked

pytestmark = pytest.mark.image_tests


def test_it_names_every_package_of_the_image_with_its_version() -> None:
    bill = json.loads(docker("run", "--rm", f"{image_name()}-sbom"))
    named = {canonical(part["name"]): part["version"] for part in bill["components"]}
    assert named == locked(found()["environment"])
    assert bill["metadata"]["component"]["name"] == "source-billcom"
