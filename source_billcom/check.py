"""`check`: sign in, then read the first page of every stream, three at a time."""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from airbyte_cdk.models import AirbyteConnectionStatus, Status

from source_billcom.api.client import BillClient
from source_billcom.api.rate_limits import CALLS_AT_ONCE
from source_billcom.errors import ConnectorError
from source_billcom.lists.batch import TimeRange
from source_billcom.streams import ListRetriever

_QUOTED = 3


def check_connection(
    client: BillClient, lists: Sequence[ListRetriever], interval: TimeRange, logger: logging.Logger
) -> AirbyteConnectionStatus:
    """Say whether a sync can work; streams that cannot be read are named.

    Raises:
        ConnectorError: signing in failed.
    """
    client.sign_in()

    def try_to_read(bill_list: ListRetriever) -> ConnectorError | None:
        try:
            bill_list.try_to_read(client, interval)
        except ConnectorError as failure:
            return failure
        return None

    with ThreadPoolExecutor(CALLS_AT_ONCE, thread_name_prefix="check") as pool:
        failures = zip([each.name for each in lists], pool.map(try_to_read, lists), strict=True)
        unreadable = {name: failure for name, failure in failures if failure is not None}
    if not unreadable:
        return AirbyteConnectionStatus(status=Status.SUCCEEDED)
    sentences = list(dict.fromkeys(str(failure) for failure in unreadable.values()))
    if len(unreadable) == len(lists):
        return AirbyteConnectionStatus(
            status=Status.FAILED, message=f"No stream can be read. {_quoted(sentences)}"
        )
    for sentence in sentences:
        logger.warning(sentence)
    names = ", ".join(unreadable)
    return AirbyteConnectionStatus(
        status=Status.SUCCEEDED,
        message=f"Signed in, but these streams cannot be read and would fail in a sync: {names}. "
        f"{_quoted(sentences)}",
    )


def _quoted(sentences: Sequence[str]) -> str:
    rest = len(sentences) - _QUOTED
    return " ".join(sentences[:_QUOTED]) + (f" (And {rest} more like these.)" if rest > 0 else "")
