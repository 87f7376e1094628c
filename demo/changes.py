"""Changes to make in BILL between two syncs, through its API, as its users make them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import requests

_TIMEOUT_SECONDS = 30
_FRIDAY = 4
_PAYABLE = ("APPROVED", "UNASSIGNED")


@dataclass
class Bookkeeper:
    """A user of BILL: signs in and changes rows through the API."""

    base_url: str
    http: requests.Session = field(default_factory=requests.Session)

    def sign_in(self, config: Mapping[str, str]) -> None:
        """Open a session with the credentials of a connector configuration."""
        self.http.trust_env = False
        response = self._call(
            "POST",
            "/v3/login",
            {
                "username": config["username"],
                "password": config["password"],
                "organizationId": config["organization_id"],
                "devKey": config["dev_key"],
            },
        )
        self.http.headers.update({"sessionId": response["sessionId"], "devKey": config["dev_key"]})

    def work(self) -> list[str]:
        """Change a few rows of different kinds. Return one line about each change."""
        vendor = self._first("/v3/vendors", "archived:eq:false")
        customer = self._first("/v3/customers", "archived:eq:false")
        done = [self._new_bill(vendor["id"]), self._new_invoice(customer["id"])]
        done += [self._pay_a_bill(), self._change_vendor(vendor["id"])]
        done += [self._archive("/v3/bills", "archived:eq:false,paymentStatus:eq:UNPAID")]
        done += [self._archive("/v3/classifications/departments", "archived:eq:false")]
        return done

    def _new_bill(self, vendor_id: str) -> str:
        today = datetime.now(UTC).date()
        body = {
            "vendorId": vendor_id,
            "dueDate": (today + timedelta(days=30)).isoformat(),
            "invoice": {"invoiceNumber": f"D-{today:%y%m%d}", "invoiceDate": today.isoformat()},
            "billLineItems": [
                {"amount": 149.00, "description": "USB audio interface"},
                {"amount": 79.99, "description": "Drum foot pedal"},
            ],
        }
        return f"bill {self._call('POST', '/v3/bills', body)['id']} entered"

    def _new_invoice(self, customer_id: str) -> str:
        today = datetime.now(UTC).date()
        body = {
            "customer": {"id": customer_id},
            "invoiceNumber": f"DEMO-{datetime.now(UTC):%Y%m%d%H%M%S}",
            "invoiceDate": today.isoformat(),
            "dueDate": (today + timedelta(days=14)).isoformat(),
            "invoiceLineItems": [{"quantity": 3, "price": 40.50, "description": "Piano tuning"}],
        }
        return f"invoice {self._call('POST', '/v3/invoices', body)['id']} sent"

    def _pay_a_bill(self) -> str:
        unpaid = self._rows("/v3/bills", "archived:eq:false,paymentStatus:eq:UNPAID")
        bill = next(bill for bill in unpaid if bill["approvalStatus"] in _PAYABLE)
        account = self._first("/v3/funding-accounts/banks", "archived:eq:false,status:eq:VERIFIED")
        body = {
            "vendorId": bill["vendorId"],
            "billId": bill["id"],
            "amount": bill["dueAmount"],
            "processDate": _business_day_after(datetime.now(UTC).date()).isoformat(),
            "fundingAccount": {"type": "BANK_ACCOUNT", "id": account["id"]},
            "processingOptions": {"requestPayFaster": False},
        }
        return f"payment {self._call('POST', '/v3/payments', body)['id']} of bill {bill['id']}"

    def _change_vendor(self, vendor_id: str) -> str:
        self._call("PATCH", f"/v3/vendors/{vendor_id}", {"phone": "+1 555 0199"})
        return f"vendor {vendor_id} has a new phone number"

    def _archive(self, path: str, filters: str) -> str:
        row_id = self._first(path, filters)["id"]
        self._call("POST", f"{path}/{row_id}/archive", {})
        return f"{path.rpartition('/')[2]} {row_id} archived"

    def _first(self, path: str, filters: str) -> dict[str, Any]:
        return self._rows(path, filters)[0]

    def _rows(self, path: str, filters: str) -> list[dict[str, Any]]:
        params = {"max": "100", "filters": filters}
        rows: list[dict[str, Any]] = self._call("GET", path, None, params)["results"]
        return rows

    def _call(
        self, method: str, path: str, body: Any, params: Mapping[str, str] | None = None
    ) -> Any:
        response = self.http.request(
            method, self.base_url + path, json=body, params=params, timeout=_TIMEOUT_SECONDS
        )
        if not response.ok:
            raise RuntimeError(
                f"{method} {path} was refused: {response.status_code} {response.text}"
            )
        return response.json()


def _business_day_after(day: date) -> date:
    following = day + timedelta(days=3)
    return following if following.weekday() <= _FRIDAY else following + timedelta(days=3)
