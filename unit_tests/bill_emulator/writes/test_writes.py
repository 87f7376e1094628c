"""Creating, changing, archiving and restoring objects."""

from __future__ import annotations

import pytest

from bill_emulator.contract import LISTS
from bill_emulator.writes import COLLECTION, WRITABLE, Refused
from unit_tests.bill_emulator.office import USER, Row, bill_body, invoice_body, office

CLASSIFICATIONS = [name for name in LISTS if LISTS[name].path.startswith("/v3/classifications")]
SIMPLE: dict[str, Row] = {
    **{name: {"name": "Fresh"} for name in CLASSIFICATIONS},
    "employees": {"firstName": "Ann"},
    "customers": {"name": "Fresh"},
    "vendors": {"name": "Fresh", "address": {"line1": "1 Elm St", "country": "US"}},
    "users": {
        "firstName": "Ann",
        "lastName": "Lee",
        "email": "ann@example.com",
        "acceptTermsOfService": True,
    },
    "bank_accounts": {
        "nameOnAccount": "Fresh",
        "accountNumber": "123456789",
        "routingNumber": "011401533",
        "type": "CHECKING",
        "ownerType": "BUSINESS",
    },
}


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[str | None]:
    return [problem.code for problem in refused.value.problems]


def messages(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [problem.message for problem in refused.value.problems]


@pytest.mark.parametrize("list_name", SIMPLE)
def test_a_created_row_has_its_prefix_its_times_and_is_not_archived(list_name: str) -> None:
    here = office()
    row = here.create(list_name, SIMPLE[list_name])
    assert row["id"].startswith(LISTS[list_name].id_prefix)
    assert len(row["id"]) == 20
    assert row["createdTime"] == row["updatedTime"] == "2026-06-03T12:00:00.000+00:00"
    assert row["archived"] is False
    assert set(row) <= set(LISTS[list_name].fields)


@pytest.mark.parametrize("list_name", SIMPLE)
def test_a_patch_changes_what_it_names_and_moves_updated_time(list_name: str) -> None:
    here = office()
    row = here.create(list_name, SIMPLE[list_name])
    if list_name == "bank_accounts":  # only a verified one can be changed
        here.verify(row["id"], 0.5)
        row = here.row(list_name, row["id"])
    here.later(60)
    field = next(name for name in SIMPLE[list_name] if "ame" in name)
    patched = here.patch(list_name, row["id"], {field: "Other"})
    assert patched[field] == "Other"
    assert patched["updatedTime"] > patched["createdTime"] == row["createdTime"]
    same = {name: value for name, value in patched.items() if name not in {field, "updatedTime"}}
    assert same.items() <= row.items()


def test_every_route_belongs_to_a_list_and_roles_have_none() -> None:
    assert set(WRITABLE) <= set(LISTS) - {"roles"}
    assert set(COLLECTION) <= set(WRITABLE)


def test_a_bill_gets_its_amounts_and_statuses_from_bill() -> None:
    here = office()
    vendor = here.first("vendors", billCurrency="USD")
    bill = here.create("bills", bill_body(vendor["id"], 149.0, 79.99))
    assert (bill["amount"], bill["dueAmount"]) == (228.99, 228.99)
    assert bill["paidAmount"] == bill["scheduledAmount"] == bill["creditAmount"] == 0.0
    assert (bill["paymentStatus"], bill["approvalStatus"]) == ("UNPAID", "UNASSIGNED")
    assert (bill["recordStatus"], bill["createdBy"]) == ("ACTIVE", USER)
    assert bill["vendorName"] == vendor["name"]
    assert {line["id"][:3] for line in bill["billLineItems"]} == {"bli"}
    owed = here.row("vendors", vendor["id"])["balance"]["amount"]
    assert owed == pytest.approx(vendor["balance"]["amount"] + 228.99)


def test_amounts_may_be_sent_as_strings_or_as_quantity_and_price() -> None:
    here = office()
    lines = [{"amount": "10.50"}, {"quantity": "3", "price": 1.15}]
    bill = here.new_bill(billLineItems=lines)
    assert [line["amount"] for line in bill["billLineItems"]] == [10.5, 3.45]
    assert bill["amount"] == 13.95


def test_a_foreign_vendors_bill_has_its_funding_in_dollars() -> None:
    here = office()
    vendor = next(v for v in here.store.rows("vendors") if v["billCurrency"] != "USD")
    bill = here.new_bill(1000.0, vendorId=vendor["id"])
    assert bill["fundingAmount"] == pytest.approx(1000 / bill["exchangeRate"], abs=0.01)


def test_patch_changes_lines_by_id_and_put_takes_their_place() -> None:
    here = office()
    bill = here.new_bill(billLineItems=[{"amount": 1}, {"amount": 2}])
    one, two = (line["id"] for line in bill["billLineItems"])
    bill = here.patch("bills", bill["id"], {"billLineItems": [{"id": two, "amount": 5}]})
    assert [(line["id"], line["amount"]) for line in bill["billLineItems"]] == [(one, 1), (two, 5)]
    body = bill_body(bill["vendorId"]) | {
        "billLineItems": [{"id": two, "amount": 7}, {"amount": 1}]
    }
    bill = here.put("bills", bill["id"], body)
    assert [line["amount"] for line in bill["billLineItems"]] == [7, 1]
    assert bill["billLineItems"][0]["id"] == two
    assert bill["amount"] == bill["dueAmount"] == 8


def test_the_lines_of_a_patch_replace_all_lines_by_option() -> None:
    here = office(patch_lines="replace")
    bill = here.new_bill(billLineItems=[{"amount": 1}, {"amount": 2}])
    assert here.patch("bills", bill["id"], {"billLineItems": [{"amount": 9}]})["amount"] == 9


def test_put_removes_fields_that_are_missing_and_patch_fields_that_are_null() -> None:
    here = office()
    bill = here.new_bill(description="Rent", purchaseOrderNumber="PO-1")
    bill = here.patch("bills", bill["id"], {"purchaseOrderNumber": None})
    assert bill["description"] == "Rent"
    assert "purchaseOrderNumber" not in bill
    assert "description" not in here.put("bills", bill["id"], bill_body(bill["vendorId"], 5))


def test_fields_that_only_bill_sets_are_ignored_or_refused_by_option() -> None:
    here = office()
    bill = here.new_bill(40.0, dueAmount=1, paymentStatus="PAID", colour="red")
    assert (bill["dueAmount"], bill["paymentStatus"]) == (40.0, "UNPAID")
    assert "colour" not in bill
    strict = office(read_only_write_fields="refuse", unknown_write_fields="refuse")
    with pytest.raises(Refused) as refused:
        strict.new_bill(40.0, dueAmount=1, colour="red")
    assert messages(refused) == ["colour: Unrecognized field", "dueAmount: must not be set"]


def test_the_error_for_missing_fields_names_all_and_has_no_code() -> None:
    with pytest.raises(Refused) as refused:
        office().create("bills", {"dueDate": "2026-07-01", "invoice": {"invoiceNumber": "1"}})
    assert refused.value.status == 400
    assert codes(refused) == [None, None, None]
    assert messages(refused) == [
        "vendorId: must not be null",
        "billLineItems: must not be null",
        "invoice.invoiceDate: must not be null",
    ]


def test_an_invoice_needs_its_customer_nested() -> None:
    here = office()
    body = {"customerId": here.first("customers")["id"], "invoiceLineItems": [{"price": 1}]}
    with pytest.raises(Refused) as refused:
        here.create("invoices", body)
    assert messages(refused) == ["customer: must not be null"]
    with pytest.raises(Refused) as refused:
        here.create("invoices", body | {"customer": body["customerId"]})
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"invoice": {"invoiceNumber": "x" * 22, "invoiceDate": "2026-06-01"}}, 422, "BDC_1143"),
        ({"vendorId": "00902AAAAAAAAAAA9999"}, 404, "BDC_1205"),
        ({"vendorId": "0cu02AAAAAAAAAAA9999"}, 422, "BDC_1302"),
        ({"dueDate": "2026-02-30"}, 400, None),
        ({"dueDate": "01/02/2026"}, 400, None),
        ({"billLineItems": []}, 400, None),
        ({"billLineItems": [None]}, 400, None),
        ({"billLineItems": [{"description": "no amount"}]}, 400, None),
        ({"billLineItems": [{"amount": "NaN"}]}, 400, None),
        ({"billLineItems": [{"amount": 1e300}]}, 400, None),
        ({"billLineItems": {"amount": 1}}, 400, None),
        ({"vendorCredits": [{"amount": 1}]}, 400, None),
    ],
)
def test_a_wrong_bill_is_refused_and_nothing_is_inserted(
    changes: Row, status: int, code: str | None
) -> None:
    here = office()
    before = here.store.count("bills")
    with pytest.raises(Refused) as refused:
        here.new_bill(**changes)
    assert (refused.value.status, codes(refused)) == (status, [code])
    assert here.store.count("bills") == before


def test_an_unknown_id_is_404_and_one_of_another_kind_is_named() -> None:
    here = office()
    with pytest.raises(Refused) as refused:
        here.patch("bills", "00n02AAAAAAAAAAA9999", {})
    assert (refused.value.status, codes(refused)) == (404, ["BDC_1205"])
    with pytest.raises(Refused) as refused:
        here.archive("bills", here.first("vendors")["id"])
    assert codes(refused) == ["BDC_1302"]


def test_an_invoice_adds_up_with_its_tax_and_numbers_itself() -> None:
    here = office()
    item = next(i for i in here.store.rows("items") if i.get("percentage"))
    invoice = here.new_invoice(50.0, salesTaxItemId=item["id"])
    tax = round(item["percentage"], 2)
    assert (invoice["salesTaxTotal"], invoice["totalAmount"]) == (tax, round(100 + tax, 2))
    assert (invoice["dueAmount"], invoice["status"]) == (invoice["totalAmount"], "OPEN")
    assert invoice["invoiceDate"] == "2026-06-03"
    other = here.new_invoice(50.0)
    assert other["invoiceNumber"] != invoice["invoiceNumber"]
    assert here.row("customers", invoice["customerId"])["balance"]["amount"] >= 200


def test_an_invoice_number_belongs_to_one_invoice() -> None:
    here = office()
    here.new_invoice(invoiceNumber="A-1")
    with pytest.raises(Refused) as refused:
        here.new_invoice(invoiceNumber="A-1")
    assert refused.value.status == 422
    other = here.new_invoice()
    with pytest.raises(Refused):
        here.patch("invoices", other["id"], {"invoiceNumber": "A-1"})


def test_an_invoice_can_make_its_customer() -> None:
    here = office()
    body = invoice_body("", 10) | {"customer": {"name": "New Co", "email": "a@example.com"}}
    invoice = here.create("invoices", body)
    customer = here.row("customers", invoice["customerId"])
    assert (customer["name"], customer["balance"]["amount"]) == ("New Co", 20.0)


def test_archiving_an_invoice_leaves_it_open_and_out_of_the_balance() -> None:
    here = office()
    invoice = here.new_invoice(50.0)
    owed = here.row("customers", invoice["customerId"])["balance"]["amount"]
    here.later(5)
    archived = here.archive("invoices", invoice["id"])
    assert (archived["archived"], archived["recordStatus"], archived["status"]) == (
        True,
        "INACTIVE",
        "OPEN",
    )
    assert archived["updatedTime"] > invoice["updatedTime"]
    now_owed = here.row("customers", invoice["customerId"])["balance"]["amount"]
    assert now_owed == pytest.approx(owed - 100)
    restored = here.restore("invoices", invoice["id"])
    assert (restored["archived"], restored["recordStatus"]) == (False, "ACTIVE")
    assert here.row("customers", invoice["customerId"])["balance"]["amount"] == owed


def test_archiving_twice_changes_nothing_the_second_time() -> None:
    here = office()
    row = here.archive("vendors", here.first("vendors")["id"])
    here.later(60)
    assert here.archive("vendors", row["id"]) == row
    restored = here.restore("vendors", row["id"])
    here.later(60)
    assert here.restore("vendors", row["id"]) == restored


@pytest.mark.parametrize("touches", [True, False])
def test_archiving_an_account_archives_its_children_and_restoring_does_not_restore_them(
    touches: bool,  # noqa: FBT001 - a case
) -> None:
    here = office(archive_cascade_touches_children=touches)
    top = here.create("chart_of_accounts", {"name": "Top"})
    child = here.create("chart_of_accounts", {"name": "Child", "parentId": top["id"]})
    grandchild = here.create("chart_of_accounts", {"name": "Leaf", "parentId": child["id"]})
    here.later(60)
    here.archive("chart_of_accounts", top["id"])
    for row in (child, grandchild):
        now = here.row("chart_of_accounts", row["id"])
        assert now["archived"]
        assert (now["updatedTime"] > row["updatedTime"]) is touches
    here.restore("chart_of_accounts", top["id"])
    assert here.row("chart_of_accounts", child["id"])["archived"]


def test_an_account_cannot_be_its_own_ancestor() -> None:
    here = office()
    top = here.create("departments", {"name": "Top"})
    child = here.create("departments", {"name": "Child", "parentId": top["id"]})
    with pytest.raises(Refused):
        here.patch("departments", top["id"], {"parentId": child["id"]})


def test_an_empty_patch_changes_nothing_but_the_time() -> None:
    here = office()
    here.later(1)
    for list_name in (name for name, ways in WRITABLE.items() if "patch" in ways):
        for row in list(here.store.rows(list_name)):
            if list_name == "bank_accounts" and row["status"] != "VERIFIED":
                continue
            patched = here.patch(list_name, row["id"], {})
            assert {**patched, "updatedTime": row["updatedTime"]} == row


def test_archived_rows_take_no_updates_by_option() -> None:
    here = office(archived_updates="refuse")
    bill = here.new_bill()
    here.archive("bills", bill["id"])
    with pytest.raises(Refused):
        here.patch("bills", bill["id"], {"description": "late"})
