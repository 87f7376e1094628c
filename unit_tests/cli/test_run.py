"""The command line: each wrong argument file gives one sentence and the right exit code."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from source_billcom.api.client_pool import ClientPool
from source_billcom.cli.run import run
from source_billcom.clock import Clock
from unit_tests.fakes import (
    CONFIG,
    LOGIN,
    FakeBill,
    answer,
    bill_error,
    page,
    parse_the_cdks_schema_once,
    row,
)

REPOSITORY = Path(__file__).resolve().parents[2]
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
# what may stand in a file, and a word of the sentence it leads to
NOT_JSON = ["", "{'username': 'ann'}", "\x00"]
Message = dict[str, Any]


class Command:
    """Runs the command in this process, on files in a directory of its own."""

    def __init__(self, directory: Path, capture: pytest.CaptureFixture[str]) -> None:
        self._directory = directory
        self._capture = capture

    def file(self, name: str, content: object) -> str:
        """Write a file; what is not text already is written as JSON."""
        path = self._directory / name
        text = content if isinstance(content, str) else json.dumps(content)
        path.write_text(text, encoding="utf-8")
        return str(path)

    def __call__(self, *arguments: str) -> tuple[int, list[Message]]:
        """Return the exit code and the messages that are no log lines."""
        self._capture.readouterr()
        code = 0
        try:
            run(list(arguments))
        except SystemExit as end:
            code = int(end.code or 0)
        lines = self._capture.readouterr().out.splitlines()
        messages = [json.loads(line) for line in lines]
        return code, [message for message in messages if message["type"] != "LOG"]

    def check(self, config: object = CONFIG) -> tuple[int, list[Message]]:
        """Run check on a configuration."""
        return self("check", "--config", self.file("config.json", config))

    def read(
        self, config: object = CONFIG, catalog: object = CATALOG, state: object = None
    ) -> tuple[int, list[Message]]:
        """Run read on these files."""
        files = ["--config", self.file("config.json", config)]
        files += ["--catalog", self.file("catalog.json", catalog)]
        if state is not None:
            files += ["--state", self.file("state.json", state)]
        return self("read", *files)


@pytest.fixture
def command(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Command]:
    """Return the command; where it would end this process, it only says so."""

    def leave(code: int) -> NoReturn:
        raise SystemExit(code)

    parse_the_cdks_schema_once(monkeypatch)
    usual = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    monkeypatch.setattr(os, "_exit", leave)
    yield Command(tmp_path, capfd)
    signal.pthread_sigmask(signal.SIG_SETMASK, usual)


@pytest.fixture
def bill(monkeypatch: pytest.MonkeyPatch) -> FakeBill:
    """Put a fake BILL behind every connection of this test."""
    fake = FakeBill()
    connections = ClientPool(Clock())
    monkeypatch.setattr("source_billcom.api.client.Transport", lambda _: fake)
    monkeypatch.setattr("source_billcom.source.CLIENT_POOL", connections)
    monkeypatch.setattr("source_billcom.cli.run.CLIENT_POOL", connections)
    return fake


def sentence_of(outcome: tuple[int, list[Message]]) -> str:
    """Return the one sentence of a read that failed for a file, checked for its form."""
    code, messages = outcome
    (message,) = messages
    error = message["trace"]["error"]
    assert code == 1
    assert error["failure_type"] == "config_error"
    assert not error.get("stack_trace")
    return one_sentence(error["message"])


def failed_check_of(outcome: tuple[int, list[Message]]) -> str:
    """Return the one sentence of a check that failed for a file, checked for its form."""
    code, messages = outcome
    (message,) = messages
    assert code == 0
    assert message["connectionStatus"]["status"] == "FAILED"
    return one_sentence(message["connectionStatus"]["message"])


def one_sentence(text: str) -> str:
    """Check that a text is one line that ends as a sentence."""
    assert text.endswith(".")
    assert "\n" not in text
    assert "Traceback" not in text
    return text


class TestConfigurationFile:
    def test_one_that_is_missing_is_named(self, command: Command, tmp_path: Path) -> None:
        path = str(tmp_path / "nowhere.json")

        for sentence in (
            failed_check_of(command("check", "--config", path)),
            sentence_of(command("discover", "--config", path)),
            sentence_of(command("read", "--config", path, "--catalog", path)),
        ):
            assert f"configuration file {path} cannot be read" in sentence

    def test_a_directory_in_its_place_is_named(self, command: Command, tmp_path: Path) -> None:
        assert str(tmp_path) in failed_check_of(command("check", "--config", str(tmp_path)))

    @pytest.mark.parametrize("content", NOT_JSON)
    def test_one_that_is_not_json_is_refused_without_quoting_it(
        self, command: Command, content: str
    ) -> None:
        assert "is not valid JSON" in failed_check_of(command.check(content))
        sentence = sentence_of(command.read(content))
        assert "is not valid JSON" in sentence
        assert "ann" not in sentence

    @pytest.mark.parametrize("content", [[], [CONFIG], "null", "7", '"text"', "true"])
    def test_one_that_is_no_object_is_refused(self, command: Command, content: object) -> None:
        assert "one JSON object" in failed_check_of(command.check(content))
        assert "one JSON object" in sentence_of(command.read(content))

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"password": None}, "no Password (password)"),
            ({"dev_key": 7}, "Developer Key (dev_key) must be text"),
            ({"base_url": "gateway"}, "Base URL is not a web address"),
            ({"anchor_date": "2999-01-01"}, "lies in the future"),
            ({"lookback_window": "10"}, "not an ISO 8601 duration"),
        ],
    )
    def test_a_value_that_cannot_be_is_refused_in_the_connectors_words(
        self, command: Command, bill: FakeBill, change: dict[str, Any], words: str
    ) -> None:
        assert words in failed_check_of(command.check({**CONFIG, **change}))
        assert words in sentence_of(command.read({**CONFIG, **change}))
        assert bill.calls == []


class TestCatalogFile:
    def test_one_that_is_missing_is_named(self, command: Command) -> None:
        config = command.file("config.json", CONFIG)

        sentence = sentence_of(command("read", "--config", config, "--catalog", "nowhere.json"))

        assert "catalog file nowhere.json cannot be read" in sentence

    @pytest.mark.parametrize("content", NOT_JSON)
    def test_one_that_is_not_json_is_refused(self, command: Command, content: str) -> None:
        assert "catalog file" in sentence_of(command.read(catalog=content))

    @pytest.mark.parametrize(
        "content", [[], {}, "null", "7", {"streams": {}}, {"streams": [7]}, {"streams": [{}]}]
    )
    def test_one_that_is_no_catalog_is_refused_with_where_to_get_one(
        self, command: Command, content: object
    ) -> None:
        assert "output of discover" in sentence_of(command.read(catalog=content))


class TestStateFile:
    @pytest.mark.parametrize("content", NOT_JSON)
    def test_one_that_is_not_json_is_refused(self, command: Command, content: str) -> None:
        assert "state file" in sentence_of(command.read(state=content))

    @pytest.mark.parametrize("content", ["7", '"text"', [7], ["text"], [{"type": "NO_SUCH"}]])
    def test_one_that_is_no_list_of_states_is_refused_with_what_to_pass(
        self, command: Command, content: object
    ) -> None:
        assert "state file is not a list" in sentence_of(command.read(state=content))

    @pytest.mark.parametrize("content", [{"bills": {"updatedTime": "2026-01-01"}}, {"a": 1}])
    def test_an_object_of_the_kind_early_airbyte_used_is_refused(
        self, command: Command, bill: FakeBill, content: object
    ) -> None:
        assert "state file is not a list" in sentence_of(command.read(state=content))
        assert bill.calls == []

    def test_an_empty_list_is_a_first_sync(self, command: Command, bill: FakeBill) -> None:
        code, _ = command.read(state=[])

        assert code == 0
        assert len(bill.calls_to("/v3/roles")) == 1


class TestOutcome:
    def test_a_check_that_succeeds_says_so_and_signs_out(
        self, command: Command, bill: FakeBill
    ) -> None:
        code, messages = command.check()

        assert code == 0
        assert [m["connectionStatus"]["status"] for m in messages] == ["SUCCEEDED"]
        assert [call.path for call in bill.calls][-1] == "/v3/logout"

    def test_a_read_that_succeeds_signs_out(self, command: Command, bill: FakeBill) -> None:
        bill.on("/v3/roles", page([row("1")]))

        code, messages = command.read()

        assert code == 0
        assert [m["record"]["data"] for m in messages if m["type"] == "RECORD"] == [{"id": "1"}]
        assert bill.logins == 1
        assert len(bill.calls_to("/v3/logout")) == 1

    def test_refused_credentials_are_one_sentence_for_check_and_read(
        self, command: Command, bill: FakeBill
    ) -> None:
        bill.on(LOGIN, bill_error("BDC_1101"))

        assert "username and password" in failed_check_of(command.check())
        assert "username and password" in sentence_of(command.read())
        assert bill.calls_to("/v3/logout") == []

    def test_a_failed_stream_ends_the_read_with_1_after_the_others_and_signs_out(
        self, command: Command, bill: FakeBill
    ) -> None:
        bill.on("/v3/roles", bill_error("BDC_1145", 403))

        code, messages = command.read()

        errors = [m["trace"]["error"] for m in messages if m.get("trace", {}).get("error")]
        assert code == 1
        assert "does not permit reading roles" in errors[0]["message"]
        assert not any(error.get("stack_trace") for error in errors)
        assert len(bill.calls_to("/v3/logout")) == 1

    def test_a_fault_of_our_own_is_reported_as_one(
        self, command: Command, bill: FakeBill, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: object, **__: object) -> NoReturn:
            raise RuntimeError("bug")

        monkeypatch.setattr("source_billcom.cli.run.launch", broken)

        code, (message,) = command.read()

        assert code == 1
        assert message["trace"]["error"]["failure_type"] == "system_error"
        assert "The connector hit an unexpected error" in message["trace"]["error"]["message"]
        assert "RuntimeError" in message["trace"]["error"]["stack_trace"]
        assert bill.calls == []

    def test_secrets_of_the_configuration_are_masked_even_before_the_cdk_starts(
        self, command: Command, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: object, **__: object) -> NoReturn:
            raise RuntimeError(f"with {CONFIG['password']} and {CONFIG['dev_key']}")

        monkeypatch.setattr("source_billcom.cli.run.launch", broken)

        _, messages = command.read()

        assert "bug" not in str(messages)
        assert CONFIG["password"] not in str(messages)
        assert CONFIG["dev_key"] not in str(messages)

    def test_spec_needs_no_file(self, command: Command) -> None:
        code, (message,) = command("spec")

        assert code == 0
        assert message["spec"]["connectionSpecification"]["title"] == "BILL (Bill.com)"

    def test_discover_needs_no_bill(self, command: Command, bill: FakeBill) -> None:
        bill.on(LOGIN, answer(500, b""))

        code, (message,) = command("discover", "--config", command.file("config.json", CONFIG))

        assert code == 0
        assert len(message["catalog"]["streams"]) == 20
        assert bill.calls == []

    @pytest.mark.parametrize("arguments", [["check"], ["read", "--config", "x"], ["no-such"], []])
    def test_a_command_line_that_cannot_be_ends_with_2(
        self, command: Command, arguments: list[str]
    ) -> None:
        code, messages = command(*arguments)

        assert code == 2
        assert messages == []


# each case ends a process of its own, forked because importing the CDK takes seconds
CASES = """
import json, os, signal, sys, tempfile, threading
import source_billcom.cli.run as r

def terminated():
    def launch(*_):
        os.kill(os.getpid(), signal.SIGTERM)
        threading.Event().wait()
    r.launch = launch
    r.run(["spec"])

def stuck():
    # a worker that never ends, as one that waits to hand on records nobody takes
    threading.Thread(target=threading.Event().wait).start()
    r.run(["read", "--config", "nowhere.json", "--catalog", "nowhere.json"])

def unread():
    reading, writing = os.pipe()
    os.close(reading)
    os.dup2(writing, 1)
    r.run(["spec"])

ended = {}
for case in (terminated, stuck, unread):
    with tempfile.TemporaryFile("w+") as output:
        process = os.fork()
        if process == 0:
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
            case()
            sys.exit()
        code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        output.seek(0)
        ended[case.__name__] = [code, output.read()]
print(json.dumps(ended))
"""


@pytest.fixture(scope="module")
def ended() -> dict[str, tuple[int, str]]:
    """Return the exit code and the output of each case."""
    process = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", CASES],
        cwd=REPOSITORY,
        capture_output=True,
        check=True,
        timeout=120,
    )
    return {name: (code, output) for name, (code, output) in json.loads(process.stdout).items()}


class TestProcess:
    def test_after_sigterm_it_ends_by_sigterm_without_a_traceback(
        self, ended: dict[str, tuple[int, str]]
    ) -> None:
        code, output = ended["terminated"]

        assert code == -signal.SIGTERM
        assert "Traceback" not in output

    def test_a_failed_command_ends_with_1_whatever_threads_still_wait(
        self, ended: dict[str, tuple[int, str]]
    ) -> None:
        code, output = ended["stuck"]

        assert code == 1
        assert json.loads(output)["trace"]["error"]["failure_type"] == "config_error"

    def test_a_reader_of_the_spec_that_has_gone_is_no_failure(
        self, ended: dict[str, tuple[int, str]]
    ) -> None:
        code, _ = ended["unread"]

        assert code == 0
