"""A temporary PostgreSQL server: in its own folder, on a free port, removed afterwards."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

import psycopg

if TYPE_CHECKING:
    from types import TracebackType

_DEBIAN = Path("/usr/lib/postgresql")
_START_SECONDS = 300
_STOP_SECONDS = 300


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs: Debian's newest, or the one on the path."""
    found = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    return Path(on_path).resolve().parent if on_path else None


class Postgres:
    """A running server. Its superuser `warehouse` signs in with a password."""

    host = "127.0.0.1"
    user = "warehouse"

    def __init__(self, folder_of_programs: Path) -> None:
        self._programs = folder_of_programs
        # PostgreSQL refuses to run as root
        self.account = "postgres" if os.geteuid() == 0 else None
        self.password = secrets.token_urlsafe(16)
        self.port = 0

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        try:
            self._make_data_folder()
            self._start()
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # SIGINT is a fast shutdown, which closes open connections
        self._server.send_signal(signal.SIGINT)
        self._server.wait(_STOP_SECONDS)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _make_data_folder(self) -> None:
        password_file = self._folder / "password"
        password_file.write_text(self.password)
        if self.account:
            shutil.chown(self._folder, self.account)
            shutil.chown(password_file, self.account)
        command = [str(self._programs / "initdb"), "--pgdata", str(self._folder / "data")]
        command += ["--username", self.user, "--auth", "scram-sha-256", "--no-sync"]
        command += ["--pwfile", str(password_file), "--encoding", "UTF8", "--locale", "C"]
        subprocess.run(command, check=True, capture_output=True, user=self.account)

    def _start(self) -> None:
        with socket.socket() as chosen:
            chosen.bind((self.host, 0))
            self.port = chosen.getsockname()[1]
        command = [str(self._programs / "postgres"), "-D", str(self._folder / "data")]
        command += [
            "-p",
            str(self.port),
            "-h",
            self.host,
            "-k",
            str(self._folder),
            "-c",
            "fsync=off",
        ]
        # not UTC, so that tests notice a time that lost its zone
        command += ["-c", "timezone=America/Los_Angeles"]
        with (self._folder / "log").open("w") as log:
            self._server = subprocess.Popen(
                command, stdout=log, stderr=log, user=self.account, start_new_session=True
            )
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            ended = self._server.poll() is not None
            if ended or time.monotonic() > deadline:
                self._server.kill()
                raise RuntimeError((self._folder / "log").read_text())
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            self.execute("SELECT 1", "postgres")
        except psycopg.OperationalError:
            return False
        return True

    def create_database(self, name: str) -> str:
        """Create an empty database and return its address."""
        self.execute(f"CREATE DATABASE {name}", "postgres")
        return f"postgresql://{self.user}:{self.password}@{self.host}:{self.port}/{name}"

    def execute(self, sql: str, database: str) -> None:
        """Execute a statement outside of any transaction."""
        address = f"host={self.host} port={self.port} user={self.user} dbname={database}"
        with psycopg.connect(address, password=self.password, autocommit=True) as connection:
            connection.execute(sql.encode())
