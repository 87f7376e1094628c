"""The connector's command line, carried out by its image: `docker run` in the place of a program.

`python -m testing.docker_run read --config ...` starts the image that the environment
names in `CONNECTOR_IMAGE`, with the further arguments of docker in `DOCKER_RUN`, a JSON array.
Files named in the arguments are mounted read-only, where the image's user can read them. The
process becomes docker's client, so signals to it reach the container.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

PROGRAM = (sys.executable, "-m", "testing.docker_run")
IMAGE_VARIABLE = "CONNECTOR_IMAGE"
HARDENED = (
    *("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
    *("--user", "1000"),
)
"""The flags of a container that can do nothing but what the connector needs."""


def image() -> str:
    """Name the image under test, which pytest was given as --connector-image."""
    return os.environ[IMAGE_VARIABLE]


def docker(*arguments: str) -> str:
    """Run docker and give its output.

    Raises:
        CalledProcessError: it failed.

    """
    found = ["docker", *arguments]
    return subprocess.run(found, check=True, text=True, capture_output=True).stdout


def in_image(*command: str) -> str:
    """Run a program of the image in the place of the connector."""
    return docker("run", "--rm", "--entrypoint", command[0], image(), *command[1:])


def command(arguments: list[str], flags: list[str]) -> list[str]:
    """Give the docker command for the connector's arguments, and open their files to read."""
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
    return ["docker", "run", "--rm", *volumes, *flags, image(), *inside]


def main() -> None:
    """Become docker's client."""
    flags = json.loads(os.environ.get("DOCKER_RUN", "[]"))
    found = command(sys.argv[1:], flags)
    os.execvp(found[0], found)  # noqa: S606 - the docker that the user has


if __name__ == "__main__":
    main()
