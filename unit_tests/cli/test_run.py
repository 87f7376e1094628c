"""One command from its arguments to its exit code, in this process and in one of its own."""

import json
import os
import signal
import threading
from pathlib import Path
from typing import NoReturn

import pytest

from source_billcom import config
from source_billcom.cli import run
from source_billcom.source import SourceBillcom
from unit_tests.cli.command import Command, sentence_of, sentence_of_check
from unit_tests.cli.forked import run_forked
from unit_tests.fakes import CONFIG, LOGIN, FakeBill, answer, bill_error, page, row


class TestInputFiles:
    def test_a_configuration_that_cannot_be_read_is_one_sentence_of_each_command(
        self, command: Command, tmp_path: Path
    ) -> None:
        path = str(tmp_path / "missing.json")

        for sentence in (
            sentence_of_check(command("check", "--config", path)),
            sentence_of(command("discover", "--config", path)),
            sentence_of(command("read", "--config", path, "--catalog", path)),
        ):
            assert f"configuration file {path} cannot be read" in sentence

    def test_a_value_that_is_refused_is_one_sentence_of_each_command(
        self, command: Command, bill: FakeBill
    ) -> None:
        config = {**CONFIG, "dev_key": 7}

        for sentence in (
            sentence_of_check(command.check(config)),
            sentence_of(command.discover(config)),
            sentence_of(command.read(config)),
        ):
            assert "Developer Key (dev_key) must be text" in sentence
        assert bill.calls == []

    def test_a_catalog_that_is_refused_is_one_sentence(
        self, command: Command, bill: FakeBill
    ) -> None:
        assert "discover --configured" in sentence_of(command.read(catalog={}))
        assert bill.calls == []

    def test_a_sync_mode_that_is_refused_is_one_sentence(
        self, command: Command, bill: FakeBill
    ) -> None:
        configured = {
            "stream": {"name": "roles", "json_schema": {}, "supported_sync_modes": ["incremental"]},
            "sync_mode": "incremental",
            "destination_sync_mode": "append",
        }

        sentence = sentence_of(command.read(catalog={"streams": [configured]}))

        assert "selects incremental sync for roles" in sentence
        assert bill.calls == []

    def test_a_state_that_is_refused_is_one_sentence(
        self, command: Command, bill: FakeBill
    ) -> None:
        assert "state file is not a list" in sentence_of(command.read(state={"bills": {}}))
        assert bill.calls == []

    def test_an_empty_state_is_a_first_sync(self, command: Command, bill: FakeBill) -> None:
        code, _ = command.read(state=[])

        assert code == 0
        assert len(bill.calls_to("/v3/roles")) == 1


class TestOutcome:
    def test_a_check_that_succeeds_says_so_and_logs_out(
        self, command: Command, bill: FakeBill
    ) -> None:
        code, messages = command.check()

        assert code == 0
        assert [m["connectionStatus"]["status"] for m in messages] == ["SUCCEEDED"]
        assert bill.logins == 1
        assert [call.path for call in bill.calls][-1] == "/v3/logout"

    def test_a_read_that_succeeds_logs_out(self, command: Command, bill: FakeBill) -> None:
        bill.on("/v3/roles", page([row("1")]))

        code, messages = command.read()

        assert code == 0
        assert [m["record"]["data"] for m in messages if m["type"] == "RECORD"] == [{"id": "1"}]
        assert bill.logins == 1
        assert len(bill.calls_to("/v3/logout")) == 1

    def test_refused_credentials_are_one_sentence_of_check_and_of_read(
        self, command: Command, bill: FakeBill
    ) -> None:
        bill.on(LOGIN, bill_error("BDC_1101"))

        assert "username and password" in sentence_of_check(command.check())
        assert "username and password" in sentence_of(command.read())
        assert bill.calls_to("/v3/logout") == []

    def test_a_read_with_a_failed_stream_ends_with_1_and_logs_out(
        self, command: Command, bill: FakeBill
    ) -> None:
        bill.on("/v3/roles", bill_error("BDC_1145", 403))

        code, messages = command.read()

        first, last = [m["trace"]["error"] for m in messages if m.get("trace", {}).get("error")]
        assert code == 1
        assert "denied this user permission while reading roles" in first["message"]
        assert last["message"].startswith("These streams did not complete: roles. ")
        assert not any(error.get("stack_trace") for error in (first, last))
        assert len(bill.calls_to("/v3/logout")) == 1

    def test_spec_needs_no_file(self, command: Command) -> None:
        code, (message,) = command("spec")

        assert code == 0
        assert message["spec"]["connectionSpecification"]["title"] == "BILL (Bill.com)"

    def test_discover_does_not_call_bill(self, command: Command, bill: FakeBill) -> None:
        bill.on(LOGIN, answer(500, b""))

        code, (message,) = command.discover()

        assert code == 0
        assert message["catalog"]["streams"]
        assert bill.calls == []

    @pytest.mark.parametrize("arguments", [["check"], ["read", "--config", "x"], ["no-such"], []])
    def test_a_wrong_command_line_ends_with_2(self, command: Command, arguments: list[str]) -> None:
        code, messages = command(*arguments)

        assert code == 2
        assert messages == []


class TestMasking:
    @pytest.mark.parametrize("password", ["roles", "reading", "BILL", "password"])
    def test_a_password_that_is_a_word_of_a_message_is_masked_only_where_bill_is_quoted(
        self, command: Command, bill: FakeBill, password: str
    ) -> None:
        bill.on("/v3/roles", bill_error("BDC_1145", 403, f"Not for {password}"))

        _, messages = command.read({**CONFIG, "password": password})

        errors = [m["trace"]["error"] for m in messages if m.get("trace", {}).get("error")]
        assert "BILL denied this user permission while reading roles." in errors[0]["message"]
        assert errors[0]["internal_message"] == "HTTP 403, BDC_1145: Not for ****"

    @pytest.mark.parametrize("password", ["P", "pa"])
    def test_a_password_that_is_too_short_is_refused_in_words_without_a_mask(
        self, command: Command, password: str
    ) -> None:
        message = sentence_of_check(command.check({**CONFIG, "password": password}))

        assert message == "Password (password) is too short to be complete. Copy it again."


class TestUnexpectedError:
    @pytest.fixture(autouse=True)
    def broken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let the command fail in a way that no code handles."""

        def launch(*_: object) -> NoReturn:
            raise RuntimeError(f"bug with {CONFIG['password']} and {CONFIG['dev_key']}")

        monkeypatch.setattr(run, "launch", launch)

    def test_it_is_reported_with_its_stack_trace(self, command: Command, bill: FakeBill) -> None:
        code, (message,) = command.read()

        error = message["trace"]["error"]
        assert code == 1
        assert error["failure_type"] == "system_error"
        assert error["message"].startswith("The connector hit an unexpected error. Please report")
        assert "RuntimeError" in error["stack_trace"]
        assert bill.calls == []

    def test_the_secrets_of_the_configuration_are_masked(self, command: Command) -> None:
        _, messages = command.read()

        assert "bug with ****" in str(messages)
        assert CONFIG["password"] not in str(messages)
        assert CONFIG["dev_key"] not in str(messages)


def test_the_secrets_that_are_masked_are_those_of_the_spec() -> None:
    form = SourceBillcom().resolved_manifest["spec"]["connection_specification"]["properties"]

    secret = [name for name, field in form.items() if field.get("airbyte_secret")]

    assert sorted(secret) == sorted(config._SECRETS)


def terminated() -> None:
    """Get SIGTERM in the middle of a command."""

    def launch(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        threading.Event().wait()

    vars(run)["launch"] = launch
    run.run(["spec"])


def failed_while_a_thread_waits() -> None:
    """Fail while a thread never ends, like one that waits to hand over a page."""
    threading.Thread(target=threading.Event().wait).start()
    run.run(["read", "--config", "missing.json", "--catalog", "missing.json"])


def close_reader_of_stdout() -> None:
    """Make stdout a pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    os.dup2(writing, 1)


def spec_without_reader() -> None:
    """Print the spec to a closed pipe."""
    close_reader_of_stdout()
    run.run(["spec"])


def read_without_reader() -> None:
    """Print the error of a read to a closed pipe."""
    close_reader_of_stdout()
    run.run(["read", "--config", "missing.json", "--catalog", "missing.json"])


class TestProcess:
    def test_after_sigterm_it_ends_by_sigterm_without_a_traceback(self) -> None:
        ended = run_forked(terminated)

        assert ended.code == -signal.SIGTERM
        assert "Traceback" not in ended.output

    def test_a_failed_command_ends_with_1_although_threads_still_wait(self) -> None:
        ended = run_forked(failed_while_a_thread_waits)

        assert ended.code == 1
        assert json.loads(ended.output)["trace"]["error"]["failure_type"] == "config_error"

    def test_a_spec_that_nobody_reads_is_no_failure(self) -> None:
        ended = run_forked(spec_without_reader)

        assert (ended.code, ended.output) == (0, "")

    def test_a_read_that_nobody_reads_ends_with_1(self) -> None:
        ended = run_forked(read_without_reader)

        assert (ended.code, ended.output) == (1, "")
