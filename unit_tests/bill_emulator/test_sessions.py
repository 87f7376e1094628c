"""Sign-in, sessions and how they end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bill_emulator.errors import BillError
from unit_tests.bill_emulator.small_bill import sign_in_body, small_bill

if TYPE_CHECKING:
    from bill_emulator.sessions import Session


def refused(bill: Any, **changes: Any) -> BillError:
    with pytest.raises(BillError) as raised:
        bill.sessions.sign_in(sign_in_body(bill, **changes), bill.options)
    return raised.value


def use(bill: Any, session: Session, developer_key: str | None = None) -> Session:
    key = developer_key or bill.credentials.developer_key
    used: Session = bill.sessions.use(session.id, key, bill.options)
    return used


def sign_in(bill: Any, **changes: Any) -> Session:
    session: Session = bill.sessions.sign_in(sign_in_body(bill, **changes), bill.options)
    return session


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"password": "wrong"}, 401, "BDC_1101"),
        ({"username": "wrong"}, 401, "BDC_1101"),
        ({"devKey": "wrong"}, 400, "BDC_1102"),
        ({"organizationId": "008wrong"}, 400, "BDC_1123"),
    ],
)
def test_each_wrong_value_has_its_code(changes: Any, status: int, code: str) -> None:
    error = refused(small_bill(), **changes)
    assert (error.status, error.problems[0].code) == (status, code)


@pytest.mark.parametrize("field", ["devKey", "organizationId", "username", "password"])
def test_the_error_for_a_missing_field_names_it_and_has_no_code(field: str) -> None:
    error = refused(small_bill(), **{field: None})
    assert error.status == 400
    assert error.problems[0].code is None
    assert error.problems[0].message == f"{field}: must not be null"
    assert error.shape == "codeless"


@pytest.mark.parametrize(
    ("account", "code"),
    [
        ("key_inactive", "BDC_1103"),
        ("terms", "BDC_1104"),
        ("no_api", "BDC_1105"),
        ("organization_locked", "BDC_1107"),
        ("login_locked", "BDC_1110"),
    ],
)
def test_the_account_may_forbid_a_login(account: str, code: str) -> None:
    assert refused(small_bill(account=account)).problems[0].code == code


def test_a_person_and_a_sync_token_sign_in_as_different_users() -> None:
    bill = small_bill()
    known = bill.credentials
    token = {"username": known.sync_token_name, "password": known.sync_token_value}
    assert sign_in(bill).user_id.startswith("006")
    assert sign_in(bill, **token).user_id.startswith("syu0")


def test_a_remembered_device_makes_the_session_trusted() -> None:
    bill = small_bill()
    known = bill.credentials.remember_me_id
    assert not sign_in(bill, rememberMeId=known).trusted
    assert not sign_in(bill, rememberMeId="another", device="d").trusted
    assert sign_in(bill, rememberMeId=known, device="d").trusted


def test_a_session_lives_while_it_is_used() -> None:
    bill = small_bill()
    session = sign_in(bill)
    for _ in range(5):
        bill.clock.advance(35 * 60 - 1)
        use(bill, session)
    bill.clock.advance(35 * 60)
    with pytest.raises(BillError) as raised:
        use(bill, session)
    assert (raised.value.status, raised.value.problems[0].code) == (401, "BDC_1109")


def test_a_sync_tokens_session_lives_48_idle_hours() -> None:
    bill = small_bill()
    known = bill.credentials
    session = sign_in(bill, username=known.sync_token_name, password=known.sync_token_value)
    bill.clock.advance(48 * 3600 - 1)
    use(bill, session)
    bill.clock.advance(48 * 3600)
    with pytest.raises(BillError):
        use(bill, session)


def test_a_session_belongs_to_its_developer_key() -> None:
    bill = small_bill()
    session = sign_in(bill)
    with pytest.raises(BillError):
        use(bill, session, developer_key="another")
    use(bill, session)


def test_a_session_ends_at_once() -> None:
    bill = small_bill()
    session = sign_in(bill)
    bill.sessions.end(session.id)
    with pytest.raises(BillError):
        use(bill, session)


def test_a_second_login_leaves_the_first_alone_unless_asked() -> None:
    bill = small_bill()
    first = sign_in(bill)
    sign_in(bill)
    use(bill, first)
    bill = small_bill(login_ends_other_sessions=True)
    first = sign_in(bill)
    sign_in(bill)
    with pytest.raises(BillError):
        use(bill, first)


def test_all_sessions_can_be_ended() -> None:
    bill = small_bill()
    sign_in(bill)
    sign_in(bill)
    assert bill.sessions.expire() == 2
    assert bill.sessions.live_ids() == []
