"""Generates customers: businesses and people, some with another currency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bill_emulator.company import history, money, naming, words
from bill_emulator.company.context import Pool, tidy
from bill_emulator.company.timeline import stamp

if TYPE_CHECKING:
    from random import Random

    from bill_emulator.company.context import Row
    from bill_emulator.company.initial_data import Setup
    from bill_emulator.company.users_and_accounts import Term

CUSTOMER_ACCOUNT_PREFIX = "cba"  # [UNKNOWN]: no source shows the id of a customer's bank account


@dataclass
class Client:
    """The row of a customer, with data for generating its invoices and payments."""

    row: Row
    term: Term
    weight: float
    per_dollar: float | None
    account_id: str | None
    owed: int = 0

    @property
    def unit(self) -> int:
        """Return the smallest unit of its currency, in hundredths."""
        return money.unit(self.per_dollar)


def client_row(client: Client) -> Row:
    """Return the row of a client, for pools."""
    return client.row


def generate_customers(setup: Setup) -> tuple[list[Client], Pool[Client]]:
    """Generate the customers. Their balances are set after the invoices."""
    context = setup.context
    rng = context.chance("customers")
    names = naming.Names(rng)
    moments = context.timeline.moments(rng, context.count(90, 12), opening=5, early=0.5)
    clients = [
        _client(setup, rng, names, index, stamp(moment)) for index, moment in enumerate(moments)
    ]
    rows = [client.row for client in clients]
    history.update_some(rows, rng, context.timeline, 0.6)
    history.update_in_bulk(rows, rng, context.timeline, 0.1)
    history.archive_some(rows[1:], rng, context.timeline)
    return clients, Pool(clients, client_row, [client.weight for client in clients])


def _client(setup: Setup, rng: Random, names: naming.Names, index: int, created: str) -> Client:
    """Return a customer. Every sixth is a person, and every ninth is abroad."""
    context, organization = setup.context, setup.organization
    person = index % 6 == 2
    country = words.COUNTRIES[index % len(words.COUNTRIES)] if index % 9 == 7 else None
    first, last = names.person()
    if person:
        name = names.unique(f"{first} {last}", f"{first} {last} {index}")
    else:
        name = names.company(rng.choice(words.CUSTOMER_KINDS), country)
    mail = f"{naming.slug(first)}@{naming.domain(name)}"
    account = context.ids.next(CUSTOMER_ACCOUNT_PREFIX) if rng.random() < 0.5 else None
    term = rng.choice(organization.terms)
    address = naming.address(rng, country)
    elsewhere = naming.address(rng, country) if rng.random() < 0.2 else address
    row = tidy(
        {
            "email": mail if rng.random() < 0.95 else None,
            "name": name,
            "id": context.ids.next("0cu"),
            "archived": False,
            "companyName": name if not person and rng.random() < 0.8 else None,
            "contact": {"firstName": first, "lastName": last} if rng.random() < 0.8 else None,
            "phone": naming.phone(rng) if rng.random() < 0.7 else None,
            "fax": naming.phone(rng) if index % 10 == 1 else None,
            "description": "Framework agreement" if rng.random() < 0.2 else None,
            "invoiceCurrency": country.currency if country else "USD",
            "accountType": "PERSON" if person else ("NONE" if index % 17 == 16 else "BUSINESS"),
            "paymentTermId": term.id if rng.random() < 0.7 else None,
            "accountNumber": f"C-{10_000 + index}" if rng.random() < 0.6 else None,
            "billingAddress": address,
            "shippingAddress": elsewhere if rng.random() < 0.6 else None,
            "createdTime": created,
            "updatedTime": created,
            "hasBankAccount": account is not None,
            "authorizedToCharge": account is not None and rng.random() < 0.5,
        }
    )
    return Client(
        row=row,
        term=term,
        weight=min(rng.paretovariate(1.1), 20.0),
        per_dollar=country.per_dollar if country else None,
        account_id=account,
    )


def finish_customers(clients: list[Client]) -> list[Row]:
    """Set the balances."""
    for client in clients:
        client.row["balance"] = {"amount": money.dollars(client.owed)}
    return [client.row for client in clients]
