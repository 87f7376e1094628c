"""The connector's image as a program: `docker run` where other tests start the command.

`python -m testing.image read --config ...` starts the image that the environment variable
`CONNECTOR_IMAGE` names. `DOCKER_RUN`, a JSON array, adds flags of `docker run`. Files named in the
arguments are mounted read-only, with permissions that let the image's user read them. The process
replaces itself with docker's client, so signals sent to it reach the container.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from testing.docker import docker

PROGRAM = (sys.executable, "-m", "testing.image")
IMAGE_VARIABLE = "CONNECTOR_IMAGE"
HARDENED = (
    *("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
    *("--user", "1000"),
)
"""Flags that take from a container everything the connector does not need."""


def image_name() -> str:
    """Return the name of the image under test, which pytest got as --connector-image."""
    return os.environ[IMAGE_VARIABLE]


def run_in_image(*command: str) -> str:
    """Run one of the image's programs instead of the connector; return what it printed."""
    return docker("run", "--rm", "--entrypoint", command[0], image_name(), *command[1:])


def docker_run_command(arguments: list[str], flags: list[str]) -> list[str]:
    """Return the docker command for the connector's arguments; make their files readable."""
    mounts: dict[Path, str] = {}
    inside = []
    for argument in arguments:
        path = Path(argument)
        if not (path.is_absolute() and path.is_file()):
            inside.append(argument)
            continue
        path.parent.chmod(0o755)
        path.chmod(0o644)
        folder = mounts.setdefault(path.parent, f"/files/{len(mounts)}")
        inside.append(f"{folder}/{path.name}")
    volumes = [f"--volume={local}:{folder}:ro" for local, folder in mounts.items()]
    return ["docker", "run", "--rm", *volumes, *flags, image_name(), *inside]


def main() -> None:
    """Become docker's client."""
    flags = json.loads(os.environ.get("DOCKER_RUN", "[]"))
    command = docker_run_command(sys.argv[1:], flags)
    os.execvp(command[0], command)  # noqa: S606 - docker from the user's path


if __name__ == "__main__":
    main()
