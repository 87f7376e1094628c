"""Docker's client, and this machine's address as its containers see it."""

from __future__ import annotations

import functools
import ipaddress
import json
import subprocess

DOCKER_DESKTOP = "host.docker.internal"
"""This machine's name inside the containers of Docker Desktop."""


def docker(*arguments: str) -> str:
    """Run docker and return what it printed.

    Raises:
        CalledProcessError: docker failed.

    """
    command = ["docker", *arguments]
    return subprocess.run(command, check=True, text=True, capture_output=True).stdout


@functools.cache
def host_for_containers() -> str:
    """Return the host name or address under which containers reach this machine.

    Docker Desktop's engine runs in a virtual machine and has a name for the machine around it. An
    engine on Linux is reached at the gateway of the default network, which is the network's first
    address unless another one is set.
    """
    if docker("info", "--format", "{{.OperatingSystem}}").strip() == "Docker Desktop":
        return DOCKER_DESKTOP
    (network,) = json.loads(docker("network", "inspect", "bridge"))
    addresses = network["IPAM"]["Config"][0]
    return addresses.get("Gateway") or str(ipaddress.ip_network(addresses["Subnet"])[1])
