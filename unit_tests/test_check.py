"""`check`: which streams can be read, told in one short message."""

import logging
import threading
from dataclasses import dataclass, field

import pytest
from airbyte_cdk.models import Status

from source_billcom.api.client import BillClient
from source_billcom.check import check_connection
from source_billcom.errors import ConnectorError, config_error
from source_billcom.lists.batch import TimeRange
from unit_tests.fakes import LOGIN, NOW, FakeBill, bill_error, client_of

INTERVAL = TimeRange(NOW, NOW)
LOGGER = logging.getLogger("check")


@dataclass
class ScriptedList:
    """A list whose first page can be read, or fails with `failure`."""

    name: str
    failure: ConnectorError | None = None
    reads: list[TimeRange] = field(default_factory=list)

    def read_first_page(self, client: BillClient, interval: TimeRange) -> None:  # noqa: ARG002
        """Record the time range, and fail if a failure is set."""
        self.reads.append(interval)
        if self.failure:
            raise self.failure


def denied(name: str) -> ScriptedList:
    """Return a list that fails with a message of its own."""
    return ScriptedList(name, config_error(f"No permission for {name}."))


def check(*lists: ScriptedList, bill: FakeBill | None = None) -> tuple[object, str]:
    """Return the status and the message of a check of these lists."""
    result = check_connection(client_of(bill or FakeBill()), lists, INTERVAL, LOGGER)
    return result.status, result.message or ""


def test_it_succeeds_without_a_message_if_every_list_can_be_read() -> None:
    lists = [ScriptedList(f"list_{number}") for number in range(5)]

    assert check(*lists) == (Status.SUCCEEDED, "")
    assert [one.reads for one in lists] == [[INTERVAL]] * 5


def test_it_fails_with_the_reason_if_no_list_can_be_read() -> None:
    assert check(denied("bills")) == (
        Status.FAILED,
        "No stream can be read. No permission for bills.",
    )


def test_it_succeeds_and_names_the_lists_that_cannot_be_read(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        status, message = check(denied("users"), ScriptedList("bills"), denied("roles"))

    assert status is Status.SUCCEEDED
    assert message.endswith("users, roles. No permission for users. No permission for roles.")
    assert caplog.messages == ["No permission for users.", "No permission for roles."]


@pytest.mark.parametrize(
    ("reasons", "end"),
    [
        (3, "No permission for list_2."),
        (4, "No permission for list_2. (And 1 more reason.)"),
        (5, "No permission for list_2. (And 2 more reasons.)"),
    ],
)
def test_it_gives_three_reasons_and_counts_the_rest(reasons: int, end: str) -> None:
    _, message = check(*(denied(f"list_{number}") for number in range(reasons)))

    assert message.startswith("No stream can be read. No permission for list_0.")
    assert message.endswith(end)


def test_it_gives_a_reason_only_once_if_several_lists_share_it() -> None:
    same = config_error("Access is closed.")

    assert check(ScriptedList("bills", same), ScriptedList("roles", same)) == (
        Status.FAILED,
        "No stream can be read. Access is closed.",
    )


def test_it_reads_no_list_if_signing_in_fails() -> None:
    bills = ScriptedList("bills")

    with pytest.raises(ConnectorError, match="username and password"):
        check(bills, bill=FakeBill().on(LOGIN, bill_error("BDC_1101")))

    assert bills.reads == []


def test_it_reads_three_lists_at_once_and_no_more() -> None:
    together = threading.Barrier(3, timeout=60)
    threads: set[int] = set()

    class Meeting(ScriptedList):
        """A list whose read ends only when three reads are in progress."""

        def read_first_page(self, client: BillClient, interval: TimeRange) -> None:
            threads.add(threading.get_ident())
            together.wait()
            super().read_first_page(client, interval)

    assert check(*(Meeting(f"list_{number}") for number in range(30))) == (Status.SUCCEEDED, "")
    assert len(threads) == 3


def test_a_bug_is_not_reported_as_a_stream_that_cannot_be_read() -> None:
    class Broken(ScriptedList):
        """A list with a bug."""

        def read_first_page(self, client: BillClient, interval: TimeRange) -> None:
            super().read_first_page(client, interval)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        check(Broken("bills"))
