"""Generates vendors: domestic, international, in the network, with virtual cards, with 1099."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bill_emulator.company import history, money, naming, words
from bill_emulator.company.context import Pool, tidy
from bill_emulator.company.timeline import DAY, date_text, stamp

if TYPE_CHECKING:
    from random import Random

    from bill_emulator.company.chart import Chart
    from bill_emulator.company.context import Context, Row
    from bill_emulator.company.initial_data import Setup
    from bill_emulator.company.users_and_accounts import Organization, Term
    from bill_emulator.company.words import Country, Trade

# Payment methods for domestic vendors, and how common they are.
PAY_TYPES = ("ACH", "CHECK", "VIRTUAL_CARD", "RPPS", "WALLET", "OFFLINE")
PAY_WEIGHTS = (46, 26, 9, 7, 5, 7)
CARD_STATUSES = ("ENROLLED", "CONFIRMED", "ENROLLED", "ON_HOLD")
UNENROLLED_STATUSES = (
    "DECLINED",
    "DECLINED",
    "DECLINED",
    "OPEN",
    "PENDING",
    "RECRUITING",
    "PHONE_NUMBER_NEEDED",
)


@dataclass
class Supplier:
    """The row of a vendor, with data for generating its bills and payments."""

    row: Row
    trade: Trade
    country: Country | None
    pay_type: str
    term: Term
    weight: float
    account: Row | None
    number: int
    combines: bool
    last_payment_day: int = 0
    last_change: int = 0
    owed: int = 0
    open_credits: list[Any] = field(default_factory=list)

    @property
    def per_dollar(self) -> float | None:
        """Return the units of its currency per US dollar, or None for US dollars."""
        local = self.country is not None and self.row["billCurrency"] != "USD"
        return self.country.per_dollar if self.country is not None and local else None

    @property
    def unit(self) -> int:
        """Return the smallest unit of its currency, in hundredths."""
        return money.unit(self.per_dollar)

    def next_number(self) -> str:
        """Return the number of its next bill, with at most 21 characters [LIVE NF]."""
        self.number += 1
        style = self.number % 3
        if self.weight > 3:
            return f"INV-{self.number:06}"
        return f"{self.number}" if style else f"{self.trade.name[:3].upper()}{self.number}"


def supplier_row(supplier: Supplier) -> Row:
    """Return the row of a supplier, for pools."""
    return supplier.row


def generate_vendors(setup: Setup) -> tuple[list[Supplier], Pool[Supplier]]:
    """Generate the vendors. Their balances are set after the bills."""
    context = setup.context
    rng = context.chance("vendors")
    names = naming.Names(rng)
    moments = context.timeline.moments(rng, context.count(150, 16), opening=5, early=0.5)
    suppliers = [
        _supplier(setup, rng, names, index, moment) for index, moment in enumerate(moments)
    ]
    rows = [supplier.row for supplier in suppliers]
    history.update_some(rows, rng, context.timeline, 0.6)
    history.update_in_bulk(rows, rng, context.timeline, 0.1)
    history.archive_some(rows[1:], rng, context.timeline)
    weights = [supplier.weight for supplier in suppliers]
    return suppliers, Pool(suppliers, supplier_row, weights)


def _supplier(setup: Setup, rng: Random, names: naming.Names, index: int, moment: int) -> Supplier:
    """Return a vendor. Every eighth is abroad. Persons are tracked for 1099."""
    created = stamp(moment)
    trade = rng.choice(words.TRADES)
    country = words.COUNTRIES[index // 8 % len(words.COUNTRIES)] if index % 8 == 5 else None
    person = country is None and index % 7 == 3
    first, last = names.person()
    name = (
        names.unique(f"{first} {last}", f"{first} {last} {trade.name}")
        if person
        else names.company(trade.name, country)
    )
    # The first few cover all payment methods, so that small companies have them all.
    if country is not None:
        pay_type = "INTERNATIONAL_E_PAYMENT"
    elif index < len(PAY_TYPES):
        pay_type = PAY_TYPES[index]
    else:
        pay_type = rng.choices(PAY_TYPES, PAY_WEIGHTS)[0]
    term = rng.choice(setup.organization.terms)
    local = country is not None and index % 24 != 21
    supplier = Supplier(
        row={},
        trade=trade,
        country=country,
        pay_type=pay_type,
        term=term,
        weight=min(rng.paretovariate(1.1), 25.0),
        account=_account(setup.chart, trade, created),
        number=rng.randrange(100, 90_000),
        combines=pay_type in ("ACH", "CHECK") and rng.random() < 0.75,
    )
    mail = f"billing@{naming.domain(name)}"
    supplier.row = tidy(
        {
            "archived": False,
            "id": setup.context.ids.next("009"),
            "name": name,
            "shortName": name.split()[0] if rng.random() < 0.4 else None,
            "accountNumber": f"{rng.randrange(10**8):08}" if rng.random() < 0.5 else None,
            "accountType": "PERSON" if person else ("NONE" if index % 29 == 28 else "BUSINESS"),
            "email": mail if rng.random() < 0.9 else None,
            "phone": naming.phone(rng) if rng.random() < 0.8 else None,
            "address": naming.address(rng, country),
            "paymentInformation": _payment_information(supplier, rng, name, mail, moment),
            "additionalInfo": {
                **_tax(rng, person=person, tracked=country is None and index % 4 == 3),
                "leadTimeInDays": rng.choice((1, 2, 3, 5)) if index % 3 == 0 else None,
                "combinePayments": supplier.combines,
                "paymentTermId": term.id if rng.random() < 0.8 else None,
                "companyName": name if person is False and rng.random() < 0.5 else None,
            },
            "rppsId": f"{rng.randrange(10**10):010}" if pay_type == "RPPS" else None,
            "bankAccountStatus": _bank_status(pay_type),
            "recurringPayments": False,
            "billCurrency": country.currency if country and local else "USD",
            "createdTime": created,
            "updatedTime": created,
            "autoPay": _auto_pay(setup.organization, rng, created, index),
            "networkStatus": _network(pay_type, index),
            "paymentNetworkId": (
                f"{rng.randrange(10**16):016}"
                if pay_type in ("RPPS", "WALLET") or _network(pay_type, index) == "CONNECTED"
                else None
            ),
        }
    )
    return supplier


def _account(chart: Chart, trade: Trade, created: str) -> Row | None:
    """Return the account for the bills of a trade, if it existed at that time."""
    row = chart.by_name.get(trade.account)
    return row if row is not None and row["createdTime"] <= created else None


def _network(pay_type: str, index: int) -> str:
    if pay_type == "RPPS":
        return "CONNECTED_RPPS"
    if pay_type in ("ACH", "WALLET"):
        return ("CONNECTED", "CONNECTED", "NOT_CONNECTED")[index % 3]
    return "PENDING" if index % 11 == 1 else "NOT_CONNECTED"


def _bank_status(pay_type: str) -> str:
    """Return the bankAccountStatus. NO_NET_LINKED_ACCOUNT: entered by the payer [INFER]."""
    if pay_type in ("ACH", "WALLET"):
        return "NET_LINKED_ACCOUNT"
    return "NO_NET_LINKED_ACCOUNT" if pay_type.startswith("INTER") else "NO_ACCOUNT"


def _tax(rng: Random, *, person: bool, tracked: bool) -> Row:
    """Return the additionalInfo: tax number and 1099 tracking."""
    if person:
        return {"taxId": naming.social_number(rng), "taxIdType": "SSN", "track1099": True}
    if tracked:
        return {"taxId": naming.employer_number(rng), "taxIdType": "EIN", "track1099": True}
    return {"track1099": False}


def _auto_pay(organization: Organization, rng: Random, created: str, index: int) -> Row:
    """Return autoPay, which every twelfth vendor has enabled."""
    bank = organization.banks.pick(rng, created)
    user = organization.payers.pick(rng, created)
    if index % 12 != 4 or bank is None or user is None:
        return {"enabled": False}
    return {
        "enabled": True,
        "bankAccountId": bank["id"],
        "createdBy": user["id"],
        "maxAmount": money.dollars(rng.choice((100_000, 250_000, 500_000))),
        "daysBeforeDueDate": rng.choice((1, 2, 5)),
    }


def _payment_information(supplier: Supplier, rng: Random, name: str, mail: str, moment: int) -> Row:
    """Return the paymentInformation."""
    pay_type = supplier.pay_type
    information: Row = {
        "payeeName": name,
        "email": mail if rng.random() < 0.7 else None,
        "payByType": pay_type,
        "payBySubType": "NONE",
        "virtualCard": _virtual_card(rng, pay_type, mail, moment),
    }
    if pay_type == "ACH":
        information["payBySubType"] = "ACH"
    if pay_type == "WALLET":
        information["payBySubType"] = "MULTIPLE"
    if supplier.country is not None:
        code, text = rng.choice(words.PURPOSES)
        information["payBySubType"] = rng.choice(("IACH", "WIRE", "LOCAL"))
        information["paymentPurpose"] = {"text": text, "code": {"name": text, "value": code}}
    if pay_type == "ACH" or supplier.country is not None:
        information["bankAccount"] = {
            "nameOnAccount": name,
            "accountNumber": naming.masked_account(rng),
            "routingNumber": naming.routing_number(rng),
            "type": rng.choice(("CHECKING", "CHECKING", "SAVINGS")),
            "ownerType": rng.choice(("BUSINESS", "BUSINESS", "PERSON")),
            "paymentCurrency": supplier.country.currency if supplier.country else "USD",
        }
    return information


def _virtual_card(rng: Random, pay_type: str, mail: str, moment: int) -> Row | None:
    """Return the virtualCard of vendors that are paid by it, and of some that were asked."""
    if pay_type == "VIRTUAL_CARD":
        return {
            "status": rng.choice(CARD_STATUSES),
            "remitEmail": mail,
            "enrollDate": stamp(moment),
            "alternatePayByType": rng.choice(("CHECK", "ACH")),
        }
    if pay_type != "CHECK" or rng.random() < 0.4:
        return None
    status = rng.choice(UNENROLLED_STATUSES)
    return {"status": status, "declineDate": stamp(moment) if status == "DECLINED" else None}


def finish_vendors(context: Context, suppliers: list[Supplier], recurring: set[str]) -> list[Row]:
    """Set the fields that depend on bills and payments."""
    for supplier in suppliers:
        row = supplier.row
        changed = stamp(supplier.last_change) if supplier.last_change else row["createdTime"]
        row["balance"] = {"amount": money.dollars(supplier.owed), "lastUpdatedDate": changed}
        if supplier.last_payment_day:
            day = min(supplier.last_payment_day, context.timeline.end // DAY)
            row["paymentInformation"]["lastPaymentDate"] = date_text(day)
        row["recurringPayments"] = row["id"] in recurring
    return [supplier.row for supplier in suppliers]
