"""Statuses, shapes and paths as in BILL's Postman collection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from bill_emulator.clock import Clock
from bill_emulator.contract import LISTS
from bill_emulator.emulated_bill import Bill
from bill_emulator.options import Options, changed
from bill_emulator.writes.route_table import BULK_LIMITS, COLLECTION
from unit_tests.bill_emulator.in_process import InProcess, Reply
from unit_tests.bill_emulator.office import (
    NOW,
    TOMORROW,
    Row,
    bill_body,
    company,
    invoice_body,
)

if TYPE_CHECKING:
    from collections.abc import Callable

BANKS = "/v3/funding-accounts/banks"
VENDOR: Row = {"name": "Fresh", "address": {"line1": "1 Elm St", "country": "US"}}
BANK: Row = {
    "nameOnAccount": "Fresh",
    "accountNumber": "123456789",
    "routingNumber": "011401533",
    "type": "CHECKING",
    "ownerType": "BUSINESS",
}


def signed_in(**options: Any) -> InProcess:
    """Sign in to the small generated company under these options."""
    client = InProcess(Bill(company(), Clock(frozen_at=NOW), changed(Options(), options)))
    assert client.login().status == 200
    return client


def first(client: InProcess, list_name: str, **wanted: Any) -> Row:
    """Return the first row that is not archived and has these values."""
    return next(
        row
        for row in client.bill.store.rows(list_name)
        if not row.get("archived") and all(row.get(name) == wanted[name] for name in wanted)
    )


def send(client: InProcess, method: str, path: str, body: Any = None) -> Reply:
    return client.call(method, f"/connect{path}", body)


def messages(reply: Reply) -> list[str]:
    return [problem["message"] for problem in reply.json()]


def customer_body(client: InProcess) -> Row:
    return invoice_body(first(client, "customers")["id"], 100.0)


# Creates


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v3/vendors", lambda _client: VENDOR),
        ("/v3/classifications/jobs", lambda _client: {"name": "Fresh"}),
        ("/v3/bills", lambda client: bill_body(first(client, "vendors")["id"], 10.0)),
        ("/v3/invoices", customer_body),
        (BANKS, lambda _client: BANK),
    ],
)
def test_a_create_answers_201_with_the_row(path: str, body: Callable[[InProcess], Row]) -> None:
    client = signed_in()
    reply = send(client, "POST", path, body(client))
    assert reply.status == 201
    assert client.get(f"{path}/{reply.json()['id']}").json() == reply.json()


def test_changes_that_create_nothing_answer_200() -> None:
    client = signed_in()
    path = f"/v3/vendors/{first(client, 'vendors')['id']}"
    assert send(client, "PATCH", path, {"phone": "1"}).status == 200
    assert send(client, "POST", f"{path}/archive").status == 200
    assert send(client, "POST", f"{path}/restore").status == 200


# Bulk requests


@pytest.mark.parametrize(
    ("list_name", "field"),
    [
        ("accounting_classes", "accountingClasses"),
        ("chart_of_accounts", "chartOfAccounts"),
        ("departments", "departments"),
        ("employees", "employees"),
        ("items", "items"),
        ("jobs", "jobs"),
        ("locations", "locations"),
    ],
)
def test_each_bulk_answer_of_classifications_names_its_objects(list_name: str, field: str) -> None:
    client, path = signed_in(), f"{LISTS[list_name].path}/bulk"
    made = send(client, "POST", path, [{"name": "One", "firstName": "One"}])
    assert (made.status, list(made.json())) == (201, [field])
    (row,) = made.json()[field]
    patched = send(client, "PATCH", path, [{"id": row["id"], "shortName": "1"}])
    archived = send(client, "POST", f"{path}/archive?ids={row['id']}")
    restored = send(client, "POST", f"{path}/restore?ids={row['id']}")
    for reply in (patched, archived, restored):
        assert (reply.status, list(reply.json())) == (200, [field])
    assert archived.json()[field][0]["archived"] is True


def test_bulk_answers_of_vendors_and_credits_name_their_objects() -> None:
    client = signed_in()
    made = send(client, "POST", "/v3/vendors/bulk", [VENDOR])
    assert (made.status, list(made.json())) == (201, ["vendors"])
    vendor_id, customer_id = first(client, "vendors")["id"], first(client, "customers")["id"]
    head = {"referenceNumber": "R-1", "creditDate": TOMORROW}
    lines = {"vendorCreditLineItems": [{"amount": 5}]}
    made = send(
        client, "POST", "/v3/vendor-credits/bulk", [{**head, "vendorId": vendor_id, **lines}]
    )
    assert (made.status, list(made.json())) == (201, ["vendorCredits"])
    lines = {"creditMemoLineItems": [{"price": 5}]}
    body = [{**head, "customerId": customer_id, **lines}]
    made = send(client, "POST", "/v3/credit-memos/bulk", body)
    assert (made.status, list(made.json())) == (201, ["creditMemos"])
    row_id = made.json()["creditMemos"][0]["id"]
    replaced = send(client, "PUT", "/v3/credit-memos/bulk", [{"id": row_id, **body[0]}])
    assert (replaced.status, list(replaced.json())) == (200, ["creditMemos"])


def test_bills_made_in_bulk_are_a_bare_array() -> None:
    client = signed_in()
    made = send(client, "POST", "/v3/bills/bulk", [bill_body(first(client, "vendors")["id"], 1)])
    assert made.status == 201
    assert [bill["amount"] for bill in made.json()] == [1.0]


@pytest.mark.parametrize(
    ("list_name", "most"), [("vendors", 20), ("departments", 50), ("credit_memos", 50)]
)
def test_a_bulk_request_has_a_limit(list_name: str, most: int) -> None:
    client, path = signed_in(), f"{LISTS[list_name].path}/bulk"
    item = {**VENDOR, "referenceNumber": "R", "creditDate": TOMORROW}
    item |= {"customerId": first(client, "customers")["id"], "creditMemoLineItems": [{"price": 1}]}
    assert send(client, "POST", path, [item] * most).status == 201
    refused = send(client, "POST", path, [item] * (most + 1))
    assert refused.status == 400
    assert messages(refused) == [f"size must be between 1 and {most}"]


def test_every_list_with_bulk_requests_has_its_limit() -> None:
    bulk = {name for name, ways in COLLECTION.items() if ("POST", "bulk") in ways}
    assert bulk == set(BULK_LIMITS)
    assert BULK_LIMITS["bills"] == 100


def test_as_many_rows_are_archived_at_once_as_are_created() -> None:
    client, path = signed_in(), "/v3/classifications/jobs/bulk/archive"
    ids = [job["id"] for job in client.bill.store.rows("jobs")]
    most = (ids * 50)[:50]
    assert send(client, "POST", f"{path}?ids={','.join(most)}").status == 200
    refused = send(client, "POST", f"{path}?ids={','.join([*most, ids[0]])}")
    assert messages(refused) == ["size must be between 1 and 50"]


# Rules of single objects


def test_an_archived_vendor_credit_cannot_be_restored() -> None:
    client = signed_in()
    credit = first(client, "vendor_credits")
    path = f"/v3/vendor-credits/{credit['id']}"
    assert send(client, "POST", f"{path}/archive").json()["archived"] is True
    for way in (f"{path}/restore", f"/v3/vendor-credits/bulk/restore?ids={credit['id']}"):
        reply = send(client, "POST", way)
        assert (reply.status, reply.code) == (404, "BDC_1121")
    assert client.get(path).json()["archived"] is True


def test_a_put_of_an_invoice_takes_a_line_with_an_amount_and_a_quantity() -> None:
    client = signed_in()
    body = customer_body(client)
    invoice = send(client, "POST", "/v3/invoices", body).json()
    path = f"/v3/invoices/{invoice['id']}"
    lines = [{"id": invoice["invoiceLineItems"][0]["id"], "amount": 100, "quantity": 3}]
    replaced = send(client, "PUT", path, {**body, "invoiceLineItems": lines})
    assert replaced.status == 200
    assert replaced.json()["totalAmount"] == 100.0
    (line,) = replaced.json()["invoiceLineItems"]
    assert line["quantity"] == 3.0
    assert line["price"] == pytest.approx(100 / 3)
    assert "amount" not in line
    refused = send(
        client, "PUT", path, {**body, "invoiceLineItems": [{"amount": 5, "quantity": 0}]}
    )
    assert refused.status == 400


def test_an_invoice_is_not_created_from_a_line_without_a_price() -> None:
    client = signed_in()
    lines = [{"amount": 100, "quantity": 4}]
    refused = send(
        client, "POST", "/v3/invoices", customer_body(client) | {"invoiceLineItems": lines}
    )
    assert messages(refused) == ["invoiceLineItems[0].price: must not be null"]


def test_only_a_verified_bank_account_is_changed_or_archived() -> None:
    client = signed_in()
    path = f"{BANKS}/{send(client, 'POST', BANKS, BANK).json()['id']}"
    for reply in (
        send(client, "PATCH", path, {"bankName": "Other"}),
        send(client, "POST", f"{path}/archive"),
    ):
        assert (reply.status, reply.code) == (422, "BDC_1143")
    assert "bankName" not in client.get(path).json()
    assert send(client, "POST", f"{path}/verify", {"depositAmount": 0.5}).status == 200
    assert send(client, "PATCH", path, {"bankName": "Other"}).json()["bankName"] == "Other"
    assert send(client, "POST", f"{path}/archive").json()["archived"] is True


def test_verifying_a_bank_account_answers_whether_it_is_verified() -> None:
    client = signed_in()
    path = f"{BANKS}/{send(client, 'POST', BANKS, BANK).json()['id']}"
    wrong = send(client, "POST", f"{path}/verify", {"depositAmount": 0.1})
    assert (wrong.status, wrong.json()) == (200, {"verified": False})
    assert client.get(path).json()["status"] == "PENDING"
    right = send(client, "POST", f"{path}/verify", {"depositAmount": 0.5})
    assert (right.status, right.json()) == (200, {"verified": True})
    assert client.get(path).json()["status"] == "VERIFIED"


@pytest.mark.parametrize("setting", ["optional", "required"])
def test_an_option_says_whether_customers_need_an_email(setting: str) -> None:
    client = signed_in(customer_email=setting)
    without = send(client, "POST", "/v3/customers", {"name": "Fresh"})
    if setting == "optional":
        assert without.status == 201
    else:
        assert (without.status, messages(without)) == (400, ["email: must not be null"])
    body = {"name": "Fresh", "email": "fresh@example.com"}
    path = f"/v3/customers/{send(client, 'POST', '/v3/customers', body).json()['id']}"
    emptied = send(client, "PATCH", path, {"email": None})
    assert emptied.status == (200 if setting == "optional" else 400)


@pytest.mark.parametrize("most", [100, 21])
def test_an_option_bounds_the_numbers_of_invoices(most: int) -> None:
    client = signed_in(invoice_number_length=most)
    body = customer_body(client)
    assert send(client, "POST", "/v3/invoices", body | {"invoiceNumber": "7" * most}).status == 201
    refused = send(client, "POST", "/v3/invoices", body | {"invoiceNumber": "8" * (most + 1)})
    assert (refused.status, refused.code) == (422, "BDC_1143")
    assert f"greater than {most} characters" in messages(refused)[0]


# Payments recorded


def test_a_recorded_receipt_has_its_own_shape() -> None:
    client = signed_in()
    invoice = send(client, "POST", "/v3/invoices", customer_body(client)).json()
    body = {
        "paymentDate": "2026-06-02",
        "paymentType": "CHECK",
        "amount": "60",
        "description": "By hand",
        "invoices": [{"id": invoice["id"], "amount": "50"}],
    }
    reply = send(client, "POST", "/v3/invoices/record-payment", body)
    assert reply.status == 200
    receipt = reply.json()
    part = {"id": receipt["id"], "amount": 50.0, "status": "PAID", "date": "2026-06-02"}
    assert receipt == {
        "id": receipt["id"],
        "customerId": invoice["customerId"],
        "paymentType": "CHECK",
        "paymentDate": "2026-06-02",
        "amount": 60.0,
        "unappliedAmount": 10.0,
        "status": "PAID",
        "description": "By hand",
        "invoices": [{"id": invoice["id"], "payments": [part]}],
    }
    assert client.get(f"/v3/receivable-payments/{receipt['id']}").status == 200


def test_a_recorded_payment_has_its_own_shape() -> None:
    client = signed_in(numbers="string", time_suffix="Z")
    bill = send(client, "POST", "/v3/bills", bill_body(first(client, "vendors")["id"], 70)).json()
    body = {
        "vendorId": bill["vendorId"],
        "processDate": "2026-06-02",
        "toPrintCheck": True,
        "payments": [{"billId": bill["id"], "amount": 70}],
    }
    reply = send(client, "POST", "/v3/bills/record-payment", body)
    assert reply.status == 200
    payment = reply.json()
    assert set(payment) == {
        "id", "vendorId", "billId", "billPayments", "processDate", "amount", "status",
        "onlinePayment", "disbursementType", "createdTime", "updatedTime", "createdBy",
        "toPrintCheck",
    }  # fmt: skip
    assert payment["toPrintCheck"] is True
    assert payment["amount"] == "70.0"
    assert payment["createdTime"] == "2026-06-03T12:00:00.000Z"
    listed = client.get(f"/v3/payments/{payment['id']}").json()
    assert "vendorName" in listed
    assert "toPrintCheck" not in listed


# Paths, parameters and the endpoints beside the lists


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v3/bills/nothing"),
        ("GET", "/v3/bills/record-payments"),
        ("POST", "/v3/bills/{id}/nothing"),
        ("GET", "/v3/bills/{id}/nothing"),
        ("GET", "/v3/bills/{id}/archive/more"),
        ("GET", "/v3/funding-accounts/banks/users/nominate"),
    ],
)
def test_an_unknown_path_below_a_list_is_not_taken_for_an_id(method: str, path: str) -> None:
    client = signed_in()
    reply = send(client, method, path.format(id=first(client, "bills")["id"]))
    assert (reply.status, reply.code) == (404, "BDC_1121")


def test_an_unknown_id_is_not_found() -> None:
    reply = signed_in().get("/v3/bills/00n02JZNIEYMNPY99iz9")
    assert (reply.status, reply.code) == (404, "BDC_1205")


def test_a_wrong_name_of_the_page_parameter_gives_the_first_page_again() -> None:
    client = signed_in()
    one = client.get("/v3/bills?max=5").json()
    again = client.get(f"/v3/bills?max=5&nextPage={one['nextPage']}&start=5&Page=2")
    assert again.status == 200
    assert again.json()["results"] == one["results"]


def test_the_users_of_bank_accounts_come_in_pages() -> None:
    client, path = signed_in(), f"{BANKS}/users"
    whole = client.get(path).json()
    assert "nextPage" not in whole
    rows, page = [], client.get(f"{path}?max=2").json()
    assert "prevPage" not in page
    rows += page["results"]
    while "nextPage" in page:
        assert len(page["results"]) == 2
        page = client.get(f"{path}?page={page['nextPage']}").json()
        assert "prevPage" in page
        rows += page["results"]
    assert rows == whole["results"]
    assert len(rows) > 2


@pytest.mark.parametrize("sort", ["archived", "archived:asc", "archived:desc"])
def test_the_users_of_bank_accounts_are_sorted_by_archived(sort: str) -> None:
    client = signed_in()
    archived = [
        row["archived"] for row in client.get(f"{BANKS}/users?sort={sort}").json()["results"]
    ]
    assert archived == sorted(archived, reverse=sort.endswith("desc"))
    assert len(set(archived)) == 2


@pytest.mark.parametrize(
    "query", ["max=0", "max=101", "page=x", "sort=createdTime", "sort=archived:up"]
)
def test_the_users_of_bank_accounts_refuse_what_a_list_does(query: str) -> None:
    assert signed_in().get(f"{BANKS}/users?{query}").status == 400


def test_a_page_token_of_another_list_is_refused() -> None:
    client = signed_in()
    token = client.get("/v3/bills?max=2").json()["nextPage"]
    assert client.get(f"{BANKS}/users?page={token}").status == 400


def test_a_document_is_downloaded_from_its_link_with_the_session_alone() -> None:
    client = signed_in()
    client.headers["host"] = "bill.example:8900"
    bill = first(client, "bills")
    (document,) = client.get(f"/v3/documents/bills/{bill['id']}").json()["results"]
    link = urlsplit(document["downloadLink"])
    assert (link.scheme, link.netloc) == ("http", "bill.example:8900")
    del client.headers["devKey"]
    reply = client.call("GET", link.path)
    assert reply.status == 200
    assert ("content-type", "application/pdf") in reply.headers
    assert reply.body.startswith(b"%PDF-")
    del client.headers["sessionId"]
    assert client.call("GET", link.path).code == "BDC_1109"


def test_a_document_of_no_bill_is_not_found() -> None:
    reply = signed_in().get("/v3/documents/00h02NOSUCHBILLXXXXX/download")
    assert (reply.status, reply.code) == (404, "BDC_1205")
