"""The command line in this process, with its files in a folder and a BILL of the test."""

import json
from pathlib import Path
from typing import Any

import pytest

from source_billcom.api.client_pool import ClientPool
from source_billcom.cli.run import run
from unit_tests.fakes import CONFIG

CATALOG = {
    "streams": [
        {
            "stream": {
                "name": "roles",
                "json_schema": {},
                "supported_sync_modes": ["full_refresh"],
            },
            "sync_mode": "full_refresh",
            "destination_sync_mode": "overwrite",
        }
    ]
}

Message = dict[str, Any]
Outcome = tuple[int, list[Message]]


class Command:
    """Runs commands; each gives its exit code and its messages, without log lines."""

    def __init__(
        self, directory: Path, capture: pytest.CaptureFixture[str], clients: ClientPool
    ) -> None:
        self._directory = directory
        self._capture = capture
        self._clients = clients

    def file(self, name: str, content: object) -> str:
        """Write a file and return its path; anything but text is written as JSON."""
        path = self._directory / name
        text = content if isinstance(content, str) else json.dumps(content)
        path.write_text(text, encoding="utf-8")
        return str(path)

    def __call__(self, *arguments: str) -> Outcome:
        """Run a command line."""
        code, lines = self._run(arguments)
        messages = [json.loads(line) for line in lines]
        return code, [message for message in messages if message["type"] != "LOG"]

    def output(self, *arguments: str) -> bytes:
        """Run a command line, and return its lines that are no log lines as they are."""
        _, lines = self._run(arguments)
        said = [line for line in lines if json.loads(line)["type"] != "LOG"]
        return "".join(said).encode()

    def _run(self, arguments: tuple[str, ...]) -> tuple[int, list[str]]:
        self._capture.readouterr()
        code = 0
        try:
            run(list(arguments), self._clients)
        except SystemExit as end:
            code = int(end.code or 0)
        return code, self._capture.readouterr().out.splitlines(keepends=True)

    def check(self, config: object = CONFIG) -> Outcome:
        """Run check with this configuration."""
        return self("check", "--config", self.file("config.json", config))

    def discover(self, config: object = CONFIG) -> Outcome:
        """Run discover with this configuration."""
        return self("discover", "--config", self.file("config.json", config))

    def read(
        self, config: object = CONFIG, catalog: object = CATALOG, state: object = None
    ) -> Outcome:
        """Run read with these files."""
        files = ["--config", self.file("config.json", config)]
        files += ["--catalog", self.file("catalog.json", catalog)]
        if state is not None:
            files += ["--state", self.file("state.json", state)]
        return self("read", *files)


def sentence_of(outcome: Outcome) -> str:
    """Return the only message of a command that failed for its input files."""
    code, messages = outcome
    (message,) = messages
    error = message["trace"]["error"]
    assert code == 1
    assert error["failure_type"] == "config_error"
    assert not error.get("stack_trace")
    return _one_line(error["message"])


def sentence_of_check(outcome: Outcome) -> str:
    """Return the only message of a check that failed for its input files."""
    code, messages = outcome
    (message,) = messages
    assert code == 0
    assert message["connectionStatus"]["status"] == "FAILED"
    return _one_line(message["connectionStatus"]["message"])


def _one_line(text: str) -> str:
    assert text.endswith(".")
    assert "\n" not in text
    assert "Traceback" not in text
    return text
