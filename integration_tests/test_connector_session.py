"""One session per sync: renewed when BILL ends it; a refused sign-in is not tried again."""

from __future__ import annotations

from typing import Any

import pytest

from bill_emulator.contract import LISTS
from bill_emulator.process import Emulator
from testing.connector import FORKED, Connector
from testing.rows import assert_same_rows
from testing.user_messages import assert_keeps_secrets, assert_no_traceback, assert_one_line

THREADS = 6
"""How many threads of the connector may each still send the session that has just ended."""


@pytest.mark.parametrize(
    ("options", "calls"),
    [
        ({"session_status": 401}, 17),
        ({"session_status": 403, "error_shape": "object"}, 30),
        ({"session_status": 422}, 42),
    ],
    ids=["401", "403 and one object", "422"],
)
def test_a_session_that_ends_during_a_read_costs_one_login_and_no_row(
    bill: Emulator, connector: Connector, options: dict[str, Any], calls: int
) -> None:
    for name in LISTS:
        bill.bulk(name, 150)
    bill.options(**options)
    bill.latency(20)
    bill.expire_sessions_after(calls)

    result = connector.read()

    assert result.exit_code == 0
    counts = bill.counts()
    assert counts["logins"] == 2
    assert 1 <= counts["refused"]["BDC_1109"] <= THREADS
    assert counts["live_sessions"] == 0
    for name in LISTS:
        assert_same_rows(result.records[name], bill.data(name), name)
        assert result.statuses[name][-1] == "COMPLETE"


CREDENTIALS = [
    pytest.param({"password": "not-the-password-7"}, {}, "username and password", id="password"),
    pytest.param(
        {"username": "nobody@example.com"},
        {"bad_password_status": 422},
        "username and password",
        id="username",
    ),
    pytest.param(
        {"dev_key": "01SANDBOXKEY00007"},
        {"bad_developer_key_status": 401, "error_shape": "object"},
        "to the environment of Base URL",
        id="another environment's developer key",
    ),
    pytest.param(
        {"organization_id": "00802NOSUCHORG0000007"},
        {"bad_organization_status": 403},
        "organization ID",
        id="organization",
    ),
    pytest.param({}, {"account": "key_inactive"}, "inactive", id="inactive key"),
    pytest.param({}, {"account": "login_locked", "account_status": 401}, "locked", id="locked"),
    pytest.param(
        {"password": "not-the-password-7"},
        {"error_shape": "codeless", "bad_password_status": 400},
        "Check username, password",
        id="a refusal without a code",
    ),
]


@pytest.mark.parametrize(("changes", "options", "words"), CREDENTIALS)
def test_each_wrong_credential_costs_one_login_and_is_reported_in_one_sentence(
    bill: Emulator,
    connector: Connector,
    changes: dict[str, str],
    options: dict[str, Any],
    words: str,
) -> None:
    bill.options(**options)
    mistaken = connector.having(**changes)
    secrets = (mistaken.config["password"], mistaken.config["dev_key"])

    checked = mistaken.check()

    assert checked.exit_code == 0
    assert checked.connection_status["status"] == "FAILED"
    assert bill.counts()["logins"] == 1

    bill.reset_counts()
    read = mistaken.read(None, None, "--debug")

    assert read.exit_code == 1
    assert bill.counts()["logins"] == 1
    assert bill.counts()["calls"] == 1
    (error,) = read.errors
    assert error["failure_type"] == "config_error"
    assert read.records == {}
    assert read.states == []
    for result in (checked, read):
        assert_one_line(result.sentence)
        assert words in result.sentence
        assert_no_traceback(result)
        assert_keeps_secrets(result, *secrets)


def test_a_good_sync_prints_no_secret_even_with_debug(bill: Emulator, connector: Connector) -> None:
    bill.expire_sessions_after(4)
    result = connector.read(
        ["bills", "users", "roles", "jobs", "items", "vendors"], None, "--debug"
    )
    assert result.exit_code == 0
    assert bill.counts()["logins"] == 2
    assert "DEBUG" in {message["type"] for message in result.messages}
    assert_keeps_secrets(result, connector.config["password"], connector.config["dev_key"])


def test_credentials_reach_bill_unchanged_whatever_characters_they_have() -> None:
    password = '1_01 {{ 6 * 7 }} "\\ü€'
    with Emulator(scale=0.02, password=password, developer_key="1e5") as bill:
        connector = Connector(bill.config(), FORKED)
        assert connector.config["password"] == password
        assert connector.check().connection_status["status"] == "SUCCEEDED"

        wrong = connector.having(password=password + "!").read(["roles"], None, "--debug")

        assert bill.counts()["logins"] == 2
        assert "username and password" in wrong.sentence
        assert_keeps_secrets(wrong, password)


OTHER_REFUSALS = {
    "BDC_1104": "terms",
    "BDC_1105": "no API access",
    "BDC_1107": "locked this organization out",
    "BDC_1111": "not active",
    "BDC_1113": "refused the sign-in",
}


def test_every_other_error_code_of_a_sign_in_has_its_message_and_costs_one_login(
    bill: Emulator, connector: Connector
) -> None:
    for code, words in OTHER_REFUSALS.items():
        bill.reset_counts()
        bill.fault("error", path="/v3/login", status=401, code=code, message="No.")

        checked = connector.check()

        assert checked.connection_status["status"] == "FAILED"
        assert_one_line(checked.sentence)
        assert words in checked.sentence
        assert len(bill.calls("/v3/login")) == 1
        bill.clear_faults()
