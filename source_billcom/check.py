"""`check`: sign in, then read the first page of every stream, three at a time."""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from airbyte_cdk.models import AirbyteConnectionStatus, Status

from source_billcom.api.client import BillClient
from source_billcom.api.rate_limits import CALLS_AT_ONCE
from source_billcom.errors import ConnectorError
from source_billcom.lists.batch import TimeRange

_MOST_REASONS = 3


class CheckedList(Protocol):
    """A list whose first page can be read."""

    name: str

    def read_first_page(self, client: BillClient, interval: TimeRange) -> None:
        """Read the first page in the way a sync does.

        Raises:
            ConnectorError: it cannot be read.
        """


def check_connection(
    client: BillClient,
    lists: Sequence[CheckedList],
    interval: TimeRange,
    logger: logging.Logger,
) -> AirbyteConnectionStatus:
    """Tell whether a sync can work, and name the streams that cannot be read.

    Succeeds if at least one stream can be read.

    Raises:
        ConnectorError: signing in failed.
    """
    client.sign_in()
    failures = first_page_failures(client, lists, interval)
    unreadable = {name: str(failure) for name, failure in failures.items()}
    if not unreadable:
        return AirbyteConnectionStatus(status=Status.SUCCEEDED)
    reasons = list(dict.fromkeys(unreadable.values()))
    if len(unreadable) == len(lists):
        return AirbyteConnectionStatus(
            status=Status.FAILED, message=f"No stream can be read. {_joined(reasons)}"
        )
    for reason in reasons:
        logger.warning(reason)
    names = ", ".join(unreadable)
    return AirbyteConnectionStatus(
        status=Status.SUCCEEDED,
        message="Signed in, but these streams cannot be read and would fail in a sync: "
        f"{names}. {_joined(reasons)}",
    )


def first_page_failures(
    client: BillClient, lists: Sequence[CheckedList], interval: TimeRange
) -> dict[str, ConnectorError]:
    """Read the first page of each list; return the errors of those that fail, by name, in order."""

    def failure_of(bill_list: CheckedList) -> ConnectorError | None:
        try:
            bill_list.read_first_page(client, interval)
        except ConnectorError as failure:
            return failure
        return None

    with ThreadPoolExecutor(CALLS_AT_ONCE, thread_name_prefix="check") as pool:
        failures = zip(lists, pool.map(failure_of, lists), strict=True)
        return {checked.name: failure for checked, failure in failures if failure}


def _joined(reasons: Sequence[str]) -> str:
    rest = len(reasons) - _MOST_REASONS
    noun = "reason" if rest == 1 else "reasons"
    return " ".join(reasons[:_MOST_REASONS]) + (f" (And {rest} more {noun}.)" if rest > 0 else "")
