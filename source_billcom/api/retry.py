"""How long a call may go on trying, and the waits between its tries."""

import logging
import random
from dataclasses import dataclass
from datetime import timedelta

from source_billcom.api.error_handling import ErrorResolution, ResponseAction
from source_billcom.api.rate_limits import HourlyBudget
from source_billcom.clock import Clock, next_full_hour

logger = logging.getLogger("airbyte.source_billcom")

_NEW_HOUR_MINUTES = 5


@dataclass(frozen=True)
class RetryPolicy:
    """How long one call may go on trying.

    A first contact that fails looks like a wrong address and is given up soon; later, an outage of
    a few minutes must not cost an hour's sync.
    """

    retries: int = 8
    first_contact_retries: int = 1
    unclear_retries: int = 3
    first_connect_seconds: float = 4.0
    first_read_seconds: float = 15.0
    connect_seconds: float = 10.0
    first_wait_seconds: float = 1.0
    longest_wait_seconds: float = 60.0
    turn_wait_seconds: float = 900.0
    hour_waits: int = 3
    read_seconds: float = 120.0


READ_RETRY_POLICY = RetryPolicy()
# someone looks at the form while check runs: no hour-long waits, no long outages
CHECK_RETRY_POLICY = RetryPolicy(retries=2, turn_wait_seconds=20.0, hour_waits=0, read_seconds=30.0)


@dataclass
class Attempts:
    """What one call has already tried."""

    retries: int = 0
    renewals: int = 0
    hours: int = 0
    waited_for_turn: float = 0.0
    refused_turns: int = 0


class Backoff:
    """Waits between the tries of calls; shared by all threads of a connection."""

    def __init__(self, clock: Clock, budget: HourlyBudget) -> None:
        self._clock = clock
        self._budget = budget

    def wait_or_raise(
        self,
        resolution: ErrorResolution,
        attempts: Attempts,
        retry_policy: RetryPolicy,
        *,
        has_answered: bool,
    ) -> None:
        """Wait as long as the verdict wants, so that the call may be made again.

        `has_answered` tells whether anything good has ever come from this address.

        Raises:
            ConnectorError: the verdict's own, where trying on is vain or the patience is used up.
        """
        if resolution.action is ResponseAction.RETRY:
            bound = retry_policy.retries
            if resolution.is_doubtful:
                unclear = retry_policy.unclear_retries
                bound = unclear if has_answered else retry_policy.first_contact_retries
            self._wait_after_fault(resolution, attempts, retry_policy, bound)
        elif resolution.action is ResponseAction.WAIT_TURN:
            self._wait_for_turn(resolution, attempts, retry_policy)
        elif resolution.action is ResponseAction.WAIT_HOUR:
            self._wait_for_hour(resolution, attempts, retry_policy)
        else:
            raise resolution.error

    def _wait_after_fault(
        self, resolution: ErrorResolution, attempts: Attempts, retry_policy: RetryPolicy, bound: int
    ) -> None:
        attempts.retries += 1
        if attempts.retries > bound:
            raise resolution.error
        wait = min(
            retry_policy.first_wait_seconds * 2 ** (attempts.retries - 1),
            retry_policy.longest_wait_seconds,
        )
        logger.info(
            "%s Trying again in %.0f s (%d of %d).",
            _reason(resolution),
            wait,
            attempts.retries,
            bound,
        )
        self._clock.sleep(wait * random.uniform(0.8, 1.2))  # noqa: S311 - spreads calls, no secret

    def _wait_for_turn(
        self, resolution: ErrorResolution, attempts: Attempts, retry_policy: RetryPolicy
    ) -> None:
        """Wait a moment: BILL refuses a fourth call until one of the three is done [DOC]."""
        if attempts.waited_for_turn >= retry_policy.turn_wait_seconds:
            raise resolution.error
        attempts.refused_turns += 1
        longest = min(0.25 * 2**attempts.refused_turns, 10.0)
        wait = random.uniform(0.2, longest)  # noqa: S311 - spreads calls, no secret
        if attempts.refused_turns % 10 == 0:
            logger.info("Other programs use all three calls BILL allows at once: still waiting.")
        attempts.waited_for_turn += wait
        self._clock.sleep(wait)

    def _wait_for_hour(
        self, resolution: ErrorResolution, attempts: Attempts, retry_policy: RetryPolicy
    ) -> None:
        """Hold all calls back until the next full hour; `spend_one` does the waiting."""
        now = self._clock.now()
        if now.minute < _NEW_HOUR_MINUTES and retry_policy.hour_waits:
            # BILL's clock is behind, or its answer to a call of the last hour is late
            self._budget.close_until(now + timedelta(minutes=1))
            return
        attempts.hours += 1
        if attempts.hours > retry_policy.hour_waits:
            raise resolution.error
        self._budget.close_until(next_full_hour(now) + timedelta(seconds=5))


def _reason(resolution: ErrorResolution) -> str:
    text = resolution.error.internal_message or resolution.error.message or ""
    return text if text.endswith(".") else f"{text}."
