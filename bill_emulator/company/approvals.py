"""Approval of bills: the approvers, their decisions, and the approvalStatus of the bill."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bill_emulator.company.timeline import DAY, stamp

if TYPE_CHECKING:
    from random import Random

    from bill_emulator.company.context import Row
    from bill_emulator.company.timeline import Timeline
    from bill_emulator.company.users_and_accounts import Organization

# In cents, the policy of this company. Cheaper bills need no approval.
ONE_APPROVER_FROM, TWO_APPROVERS_FROM = 50_000, 400_000
STUCK_SECONDS = 60 * DAY


class Approval:
    """The approval of a bill.

    Attributes:
        status: UNASSIGNED, ASSIGNED, APPROVING, APPROVED or DENIED.
        approvers: as in the bill; none if UNASSIGNED.
        ready: the moment from which the bill can be paid, None if it cannot.
        last: the moment of the last decision.

    """

    def __init__(
        self,
        rng: Random,
        timeline: Timeline,
        users: list[str],
        created: int,
        index: int,
    ) -> None:
        self.status = "UNASSIGNED"
        self.approvers: list[Row] = []
        self.ready: int | None = created
        self.last = created
        if users:
            self._decide(rng, timeline, users, index)

    def _decide(self, rng: Random, timeline: Timeline, users: list[str], index: int) -> None:
        """Let the approvers decide in turn, until one denies or has not decided yet."""
        denied = index % 97 == 21
        # somebody asks about a bill that has waited for weeks
        stuck = index % 7 == 5 and self.last > timeline.end - STUCK_SECONDS
        self.ready = None
        statuses = []
        for position, user in enumerate(users):
            moment = timeline.after(rng, self.last, 4)
            last_one = position == len(users) - 1
            if moment >= timeline.end or (stuck and last_one):
                statuses.append("WAITING")
            elif denied and last_one:
                statuses.append("DENIED")
            elif not last_one and index % 29 == 11:
                statuses.append("REROUTED")
            else:
                statuses.append("APPROVED")
            row: Row = {"userId": user, "status": statuses[-1], "approverOrder": position + 1}
            if statuses[-1] != "WAITING":
                row["statusChangedTime"] = stamp(moment)
                self.last = moment
            self.approvers.append(row)
        self.status = _status(statuses)
        if self.status == "APPROVED":
            self.ready = self.last


def _status(statuses: list[str]) -> str:
    """Return the approvalStatus that follows from the approvers' statuses [INFER]."""
    if "DENIED" in statuses:
        return "DENIED"
    if "WAITING" not in statuses:
        return "APPROVED"
    return "APPROVING" if "APPROVED" in statuses or "REROUTED" in statuses else "ASSIGNED"


def draw_approvers(rng: Random, organization: Organization, at: str, amount: int) -> list[str]:
    """Choose the users who must approve an amount; none if it is small."""
    if amount < ONE_APPROVER_FROM:
        return []
    wanted = 2 if amount >= TWO_APPROVERS_FROM else 1
    found: list[str] = []
    for _ in range(wanted + 2):
        user = organization.approvers.pick(rng, at)
        if user is not None and user["id"] not in found and len(found) < wanted:
            found.append(user["id"])
    return found
