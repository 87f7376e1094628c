"""The machine as the containers of its Docker engine see it."""

from __future__ import annotations

import functools
import ipaddress
import json
import subprocess

DOCKER_DESKTOP = "host.docker.internal"
"""This machine's name for the containers of Docker Desktop."""


@functools.cache
def host_for_containers() -> str:
    """Name this machine as a container on the default network reaches it.

    Docker Desktop's engine lives in a machine of its own, and has a name for the one around it. An
    engine on Linux is reached at the network's gateway: its first address, unless another is set.
    """
    if _docker("info", "--format", "{{.OperatingSystem}}") == "Docker Desktop":
        return DOCKER_DESKTOP
    (network,) = json.loads(_docker("network", "inspect", "bridge"))
    addresses = network["IPAM"]["Config"][0]
    return addresses.get("Gateway") or str(ipaddress.ip_network(addresses["Subnet"])[1])


def _docker(*arguments: str) -> str:
    command = ["docker", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
