"""Generates roles, users, bank accounts, and payment terms, which are not one of the lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bill_emulator.company import history, naming, words
from bill_emulator.company.context import Pool, row_pool, tidy
from bill_emulator.company.timeline import stamp

if TYPE_CHECKING:
    from bill_emulator.company.context import Context, Row

# The types are BILL's [CODE TM]; the descriptions are made up.
STANDARD_ROLES = (
    ("ADMINISTRATOR", "Administrator"),
    ("ACCOUNTANT", "Accountant"),
    ("PAYER", "Payer"),
    ("APPROVER", "Approver"),
    ("CLERK", "Clerk"),
    ("AUDITOR", "Auditor"),
    ("MEMBER", None),
)
ENTERING = ("ADMINISTRATOR", "ACCOUNTANT", "CLERK")
"""Roles that enter bills and invoices. Others approve, pay or only read [INFER]."""
APPROVING = ("ADMINISTRATOR", "APPROVER", "ACCOUNTANT")
PAYING = ("ADMINISTRATOR", "PAYER", "ACCOUNTANT")

TERM_DAYS = (0, 10, 15, 30, 45, 60)
TERM_PREFIX = "pmt"  # [UNKNOWN]: no source shows a payment term's id
CARD_PREFIX = "crd"  # [UNKNOWN]: no source shows a card account's id


@dataclass(frozen=True)
class Term:
    """A payment term. Rows show its id."""

    id: str
    days: int


@dataclass(frozen=True)
class Organization:
    """The rows of the organization, and pools to choose from."""

    id: str
    roles: list[Row]
    users: list[Row]
    bank_accounts: list[Row]
    terms: tuple[Term, ...]
    card_ids: tuple[str, ...]
    clerks: Pool[Row]
    approvers: Pool[Row]
    payers: Pool[Row]
    banks: Pool[Row]


def generate_organization(context: Context, bank_chart: Pool[Row]) -> Organization:
    """Generate roles, users and bank accounts. `bank_chart` has the accounts of type BANK."""
    organization_id = context.ids.next("008")
    roles = _roles(context)
    users = _users(context, roles)
    banks = _bank_accounts(context, users, bank_chart)
    return Organization(
        id=organization_id,
        roles=roles,
        users=users,
        bank_accounts=banks,
        terms=tuple(Term(context.ids.next(TERM_PREFIX), days) for days in TERM_DAYS),
        card_ids=tuple(context.ids.next(CARD_PREFIX) for _ in range(3)),
        clerks=row_pool([user for user in users if user["role"]["type"] in ENTERING]),
        approvers=row_pool([user for user in users if user["role"]["type"] in APPROVING]),
        payers=row_pool([user for user in users if user["role"]["type"] in PAYING]),
        banks=row_pool([bank for bank in banks if bank["status"] == "VERIFIED"]),
    )


def _roles(context: Context) -> list[Row]:
    """Generate the standard roles, and custom roles that were created later."""
    rng = context.chance("roles")
    custom = max(1, context.slow_count(8, 8) - len(STANDARD_ROLES))
    later = context.timeline.moments(rng, custom, opening=30, bulk=0)
    start = stamp(context.timeline.start)
    made = [(start, kind, description) for kind, description in STANDARD_ROLES]
    made += [
        (stamp(moment), "CUSTOM", f"{words.DEPARTMENT_NAMES[index % 16]} team {index // 16 + 1}")
        for index, moment in enumerate(later)
    ]
    rows = [
        tidy(
            {
                "id": context.ids.next("0po"),
                "type": kind,
                "description": description,
                "createdTime": created,
                "updatedTime": created,
            }
        )
        for created, kind, description in made
    ]
    history.update_some(rows, rng, context.timeline, 0.3)
    return rows


def _users(context: Context, roles: list[Row]) -> list[Row]:
    """Generate users. The first is the administrator who created the organization."""
    rng = context.chance("users")
    names = naming.Names(rng)
    pool = row_pool(roles, [4.0 if role["type"] in APPROVING else 2.0 for role in roles])
    moments = context.timeline.moments(rng, context.count(25, 8), opening=0.1, early=0.4)
    rows: list[Row] = []
    for index, moment in enumerate(moments):
        created = stamp(moment)
        # The first few have the roles that are needed to approve and pay.
        role = roles[index] if index < 4 else pool.pick(rng, created) or roles[0]
        first, last = names.person()
        mailbox = names.unique(f"{naming.slug(first)}.{naming.slug(last)}")
        shown = {"id": role["id"], "type": role["type"], "description": role.get("description")}
        rows.append(
            tidy(
                {
                    "id": context.ids.next("006"),
                    "archived": False,
                    "firstName": first,
                    "lastName": last,
                    "email": f"{mailbox.replace(' ', '')}@harrowgate-facilities.example",
                    "role": shown,
                    "createdTime": created,
                    "updatedTime": created,
                }
            )
        )
    history.update_some(rows, rng, context.timeline)
    history.update_in_bulk(rows, rng, context.timeline)
    # The first four are never archived, so that somebody can always approve and pay.
    history.archive_some(rows[4:], rng, context.timeline, 0.12)
    return rows


def _bank_accounts(context: Context, users: list[Row], bank_chart: Pool[Row]) -> list[Row]:
    """Generate bank accounts. The first is verified and the default, one pending, one archived."""
    rng = context.chance("bank accounts")
    people = row_pool([user for user in users if user["role"]["type"] in ENTERING])
    moments = context.timeline.moments(rng, context.slow_count(5, 4), opening=2, early=0.4, bulk=0)
    rows: list[Row] = []
    for index, moment in enumerate(moments):
        created = stamp(moment)
        creator = people.pick(rng, created)
        account = bank_chart.pick(rng, created)
        pending = index == len(moments) - 1
        rows.append(
            tidy(
                {
                    "id": context.ids.next("bac"),
                    "archived": False,
                    "status": "PENDING" if pending else "VERIFIED",
                    "createdBy": creator and creator["id"],
                    "routingNumber": naming.routing_number(rng),
                    "accountNumber": naming.masked_account(rng),
                    "nameOnAccount": "Harrowgate Facilities Inc.",
                    "type": "SAVINGS" if index % 3 == 2 else "CHECKING",
                    "ownerType": "PERSONAL" if index % 8 == 3 else "BUSINESS",
                    "bankName": words.BANK_NAMES[index % len(words.BANK_NAMES)],
                    "accessToAdmins": True if index % 4 != 1 else None,
                    "default": {"payables": index == 0, "receivables": index == 0},
                    "createdTime": created,
                    "updatedTime": created,
                    "chartOfAccountId": (account and not pending and account["id"]) or None,
                }
            )
        )
    history.update_some(rows, rng, context.timeline)
    history.archive_some(rows[1:-1], rng, context.timeline)
    return rows
