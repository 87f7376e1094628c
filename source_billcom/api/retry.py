"""How long a call may be retried, and the waits before and between its attempts."""

import logging
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta

from source_billcom.api.error_handling import ErrorResolution, ResponseAction, SuspectedCause
from source_billcom.api.error_messages import hourly_limit_reached
from source_billcom.api.outage import Outage
from source_billcom.api.rate_limits import HourlyWindow
from source_billcom.clock import Clock, next_full_hour

logger = logging.getLogger("airbyte.source_billcom")

_NEW_HOUR_MINUTES = 5
_LONGEST_SLEEP_SECONDS = 5.0
_SHORTEST_SLEEP_SECONDS = 0.05


@dataclass(frozen=True)
class RetryPolicy:
    """How long one call may be retried, and how long it may take.

    A first contact that fails looks like a wrong address, so it is given up soon. Later, an outage
    of a few minutes must not cost an hour's sync.
    """

    retries: int = 8
    first_contact_retries: int = 1
    unclear_retries: int = 3
    first_connect_seconds: float = 4.0
    first_read_seconds: float = 15.0
    connect_seconds: float = 10.0
    read_seconds: float = 120.0
    first_wait_seconds: float = 1.0
    longest_wait_seconds: float = 60.0
    slot_wait_seconds: float = 900.0  # for BDC_1322, all waits together
    hour_waits: int = 3  # for BDC_1144; 0: never wait for the next hour
    sign_in_wait_seconds: float = -1  # while another thread signs in; -1: as long as it takes
    judges_outage: bool = True  # a policy of few retries cannot tell whether BILL is reachable

    def retries_for(self, suspected_cause: SuspectedCause) -> int:
        """Return how often a call may be retried after a fault that may pass."""
        if suspected_cause is SuspectedCause.ADDRESS:
            return self.first_contact_retries
        return self.unclear_retries if suspected_cause is SuspectedCause.SESSION else self.retries


READ_RETRY_POLICY = RetryPolicy()
# a person waits for the result of a check: no hour-long waits, no long outages
CHECK_RETRY_POLICY = RetryPolicy(
    retries=2,
    slot_wait_seconds=20.0,
    hour_waits=0,
    read_seconds=30.0,
    sign_in_wait_seconds=120.0,
    judges_outage=False,
)
# billcom-sync tries the first page of each stream before it reads them. It waits for the next hour,
# as a read does. It leaves a longer fault of one stream to the read, which goes on with the others.
FIRST_PAGES_RETRY_POLICY = replace(
    CHECK_RETRY_POLICY,
    slot_wait_seconds=READ_RETRY_POLICY.slot_wait_seconds,
    hour_waits=READ_RETRY_POLICY.hour_waits,
)


@dataclass
class Attempts:
    """What one call is for, as in "reading bills", and what it has already tried."""

    what: str
    # by cause, because the retries of an outage must not count for a later fault of another cause
    retries: Counter[SuspectedCause] = field(default_factory=Counter)
    renewals: int = 0
    hour_waits: int = 0
    slot_refusals: int = 0
    waited_for_slot: float = 0.0  # seconds
    sent_at: float = 0.0  # when the last attempt began, by the monotonic clock


class Backoff:
    """Waits before and between the attempts of calls; shared by all threads."""

    def __init__(self, clock: Clock, hour: HourlyWindow, outage: Outage) -> None:
        self._clock = clock
        self._hour = hour
        self._outage = outage

    def count_call(self, attempts: Attempts, retry_policy: RetryPolicy) -> None:
        """Count a call in the key's hour; if the hour is used up, wait for the next one.

        Raises:
            ConnectorError: the hour is used up, and the policy does not wait for the next one; or
                BILL cannot be reached.
        """
        self._outage.raise_if_over()
        while (opens := self._hour.try_take()) is not None:
            if not retry_policy.hour_waits:
                raise hourly_limit_reached(attempts.what)
            self._outage.end_silence()
            remaining = (opens - self._clock.now()).total_seconds()
            if self._hour.may_log_wait():
                logger.info(
                    "BILL's hourly call limit is used up. Waiting until %s UTC (about %d min).",
                    opens.strftime("%H:%M:%S"),
                    max(1, round(remaining / 60)),
                )
            # in short steps, because the window may be closed for longer meanwhile
            self._clock.sleep(min(max(remaining, _SHORTEST_SLEEP_SECONDS), _LONGEST_SLEEP_SECONDS))
        attempts.sent_at = self._clock.monotonic()

    def wait_or_raise(
        self, resolution: ErrorResolution, attempts: Attempts, retry_policy: RetryPolicy
    ) -> None:
        """Wait as long as the resolution asks for, so that the call may be made again.

        Raises:
            ConnectorError: the resolution's own, where a retry cannot help or all are used up; or
                BILL cannot be reached.
        """
        if resolution.action is ResponseAction.RETRY:
            self._wait_after_fault(resolution, attempts, retry_policy)
        elif resolution.action is ResponseAction.WAIT_FOR_SLOT:
            self._wait_for_slot(resolution, attempts, retry_policy)
        elif resolution.action is ResponseAction.WAIT_FOR_HOUR:
            self._close_hour(resolution, attempts, retry_policy)
        else:
            raise resolution.error

    def _wait_after_fault(
        self, resolution: ErrorResolution, attempts: Attempts, retry_policy: RetryPolicy
    ) -> None:
        retries = retry_policy.retries_for(resolution.suspected_cause)
        attempts.retries[resolution.suspected_cause] += 1
        number = attempts.retries[resolution.suspected_cause]
        is_last = number > retries
        judges_outage = resolution.is_unanswered and retry_policy.judges_outage
        if judges_outage:
            left = self._outage.note_silence(attempts.sent_at)
            if is_last or left <= 0:
                self._outage.judge(_reason(resolution))
        if is_last:
            raise resolution.error
        wait = min(
            retry_policy.first_wait_seconds * 2 ** (attempts.retries.total() - 1),
            retry_policy.longest_wait_seconds,
        )
        wait *= random.uniform(0.8, 1.2)  # noqa: S311 - spreads calls, no secret
        logger.info(
            "%s: %s. Retrying in %.0f s (%d of %d).",
            attempts.what[:1].upper() + attempts.what[1:],
            _reason(resolution),
            wait,
            number,
            retries,
        )
        if judges_outage:
            self._sleep_in_silence(wait, _reason(resolution))
        else:
            self._clock.sleep(wait)

    def _sleep_in_silence(self, seconds: float, reason: str) -> None:
        """Wait, but only while BILL may still be reached.

        Raises:
            ConnectorError: BILL cannot be reached.
        """
        seconds = min(seconds, self._outage.seconds_left())
        # in short steps, because another call may show meanwhile that BILL cannot be reached
        while seconds > 0:
            self._clock.sleep(min(seconds, _LONGEST_SLEEP_SECONDS))
            seconds -= _LONGEST_SLEEP_SECONDS
            self._outage.raise_if_over()
        if self._outage.seconds_left() <= 0:
            self._outage.judge(reason)

    def _wait_for_slot(
        self, resolution: ErrorResolution, attempts: Attempts, retry_policy: RetryPolicy
    ) -> None:
        """Wait a moment: BILL refuses a fourth call until one of the three is done [DOC]."""
        if attempts.waited_for_slot >= retry_policy.slot_wait_seconds:
            raise resolution.error
        attempts.slot_refusals += 1
        longest = min(0.25 * 2**attempts.slot_refusals, 10.0)
        wait = random.uniform(0.2, longest)  # noqa: S311 - spreads calls, no secret
        if attempts.slot_refusals % 10 == 0:
            logger.info(
                "Other programs are using all three calls that BILL allows at once. Waiting for a "
                "free slot."
            )
        attempts.waited_for_slot += wait
        self._clock.sleep(wait)

    def _close_hour(
        self, resolution: ErrorResolution, attempts: Attempts, retry_policy: RetryPolicy
    ) -> None:
        """Hold all calls back until the next full hour; `count_call` does the waiting."""
        now = self._clock.now()
        if now.minute < _NEW_HOUR_MINUTES and retry_policy.hour_waits:
            # BILL's clock is behind, or its response to a call of the last hour is late
            self._hour.close_until(now + timedelta(minutes=1))
            return
        attempts.hour_waits += 1
        if attempts.hour_waits > retry_policy.hour_waits:
            raise resolution.error
        self._hour.close_until(next_full_hour(now) + timedelta(seconds=5))


def _reason(resolution: ErrorResolution) -> str:
    text = resolution.error.internal_message or resolution.error.message or ""
    return text.removesuffix(".")
