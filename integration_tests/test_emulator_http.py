"""The emulator over HTTP, including broken connections."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import requests

from bill_emulator.company import generate
from bill_emulator.contract import LISTS
from bill_emulator.process import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

PATHS = {name: contract.path for name, contract in LISTS.items()}


class Client:
    """A client with one session."""

    def __init__(self, emulator: Emulator, *, sync_token: bool = False) -> None:
        self.emulator = emulator
        config = emulator.config(sync_token=sync_token)
        self.base_url = config["base_url"]
        self.sign_in_body = {
            "username": config["username"],
            "password": config["password"],
            "organizationId": config["organization_id"],
            "devKey": config["dev_key"],
        }
        self.headers = {"devKey": config["dev_key"], "accept": "application/json"}

    def login(self, **changes: Any) -> requests.Response:
        body = {k: v for k, v in {**self.sign_in_body, **changes}.items() if v is not None}
        answer = requests.post(f"{self.base_url}/v3/login", json=body, timeout=10)
        if answer.ok and isinstance(answer.json(), dict):
            self.headers["sessionId"] = answer.json()["sessionId"]
        return answer

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        url = f"{self.base_url}{path}"
        return requests.request(
            method, url, headers=self.headers, allow_redirects=False, timeout=10, **options
        )

    def get(self, path: str, **params: Any) -> requests.Response:
        return self.call("GET", path, params=params)

    def walk(self, path: str, **params: Any) -> list[dict[str, Any]]:
        """Read a list from its first page to its last."""
        page = self.get(path, **params).json()
        rows = list(page["results"])
        while page.get("nextPage"):
            page = self.get(path, page=page["nextPage"]).json()
            rows += page["results"]
        return rows


@pytest.fixture(scope="module")
def running() -> Iterator[Emulator]:
    with Emulator(seed=3, scale=0.05) as emulator:
        yield emulator


@pytest.fixture
def emulator(running: Emulator) -> Iterator[Emulator]:
    running.reset_counts()
    yield running
    running.clear_faults()
    running.default_options()
    running.default_latency()


@pytest.fixture
def client(emulator: Emulator) -> Client:
    client = Client(emulator)
    assert client.login().status_code == 200
    return client


def code_of(answer: requests.Response) -> Any:
    return answer.json()[0].get("code")


@pytest.mark.parametrize("name", list(LISTS))
def test_each_list_is_served_whole_and_each_row_by_id(client: Client, name: str) -> None:
    rows = client.walk(PATHS[name], max=7)
    kept = client.emulator.data(name)
    assert {row["id"] for row in rows} == {row["id"] for row in kept}
    assert len(rows) == len(kept)
    assert len(rows) > 0
    one = rows[-1]
    assert client.get(f"{PATHS[name]}/{one['id']}").json() == one
    assert one["id"].startswith(LISTS[name].id_prefix)


def test_a_login_has_the_fields_of_bills_response(emulator: Emulator) -> None:
    answer = Client(emulator).login()
    assert answer.headers["content-type"] == "application/json;charset=utf-8"
    content = answer.json()
    assert set(content) == {"sessionId", "organizationId", "userId", "trusted"}
    assert content["organizationId"].startswith("008")
    assert content["userId"].startswith("006")
    token = Client(emulator, sync_token=True).login().json()
    assert token["userId"].startswith("syu0")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"password": "x"}, 401, "BDC_1101"),
        ({"devKey": "x"}, 400, "BDC_1102"),
        ({"organizationId": "x"}, 400, "BDC_1123"),
    ],
)
def test_a_wrong_login_has_the_code_of_bill(
    emulator: Emulator, changes: dict[str, str], status: int, code: str
) -> None:
    answer = Client(emulator).login(**changes)
    assert (answer.status_code, code_of(answer)) == (status, code)


def test_a_login_without_its_key_in_the_body_is_refused(emulator: Emulator) -> None:
    answer = Client(emulator).login(devKey=None)
    assert answer.status_code == 400
    assert answer.json() == {"message": "devKey: must not be null"}
    url = f"{emulator.base_url}/v3/login"
    assert requests.post(url, data="{not json", timeout=10).status_code == 400


def test_calls_need_the_session_and_its_key(client: Client) -> None:
    for headers in ({"sessionId": "x"}, {"devKey": "x"}, {"sessionId": ""}):
        other = Client(client.emulator)
        other.headers = {**client.headers, **headers}
        answer = other.get("/v3/bills")
        assert (answer.status_code, code_of(answer)) == (401, "BDC_1109")
    assert client.get("/v3/bills").ok
    assert client.get("/v3/login/session").json()["organizationId"].startswith("008")
    assert client.get("/v3/login/organizations").json()["results"]


def test_a_session_ends_when_idle_and_at_logout(client: Client) -> None:
    client.emulator.advance(35 * 60)
    assert client.get("/v3/bills").status_code == 401
    client.login()
    answer = client.call("POST", "/v3/logout")
    assert (answer.status_code, answer.content) == (200, b"")
    assert client.get("/v3/bills").status_code == 401
    client.login()
    client.emulator.expire_sessions()
    assert client.get("/v3/bills").status_code == 401


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v3/v3/bills", 404),
        ("/v3/session", 404),
        ("/v3/bills/", 404),
        ("/v3/bills/00n02NOSUCHBILLXXXX", 404),
        ("/v3/bills?max=0", 400),
        ("/v3/bills?max=101", 400),
        ("/v3/bills?page=nonsense", 400),
        ("/v3/bills?filters=approvalStatus:eq:PENDING", 400),
        ("/v3/recurringbills?sort=updatedTime:asc", 400),
        ("/v3/bills?billApprovals=true", 200),
    ],
)
def test_statuses_by_situation(client: Client, path: str, status: int) -> None:
    assert client.get(path).status_code == status


def test_unknown_ids_and_paths_have_their_codes(client: Client) -> None:
    assert code_of(client.get("/v3/bills/00n02NOSUCHBILLXXXX")) == "BDC_1205"
    assert code_of(client.get("/v3/bills/nothing")) == "BDC_1121"
    assert code_of(client.get("/v3/nothing")) == "BDC_1121"
    assert client.call("DELETE", "/v3/bills").status_code == 405


@pytest.mark.parametrize("form", ["opaque", "numeric", "literal", "url"])
def test_tokens_of_each_form_survive_the_url(client: Client, form: str) -> None:
    client.emulator.options(page_token_form=form)
    rows = client.walk("/v3/vendors", max=3, sort="updatedTime:asc")
    assert len({row["id"] for row in rows}) == len(client.emulator.data("vendors"))


def test_only_a_forbidden_list_is_refused(client: Client) -> None:
    client.emulator.forbid("roles")
    answer = client.get("/v3/roles")
    assert (answer.status_code, code_of(answer)) == (403, "BDC_1145")
    assert client.get("/v3/users").ok


def test_a_call_right_after_a_response_finds_its_slot_free(client: Client) -> None:
    client.emulator.options(concurrent_limit=1)
    with requests.Session() as http:
        url = f"{client.base_url}/v3/bills"
        statuses = {
            http.get(url, headers=client.headers, params={"max": 100}, timeout=10).status_code
            for _ in range(30)
        }
    assert statuses == {200}


def test_the_hours_calls_and_logins_are_limited() -> None:
    with Emulator(scale=0.02, option={"hourly_limit": 5, "limit_status": 429}) as emulator:
        client = Client(emulator)
        client.login()
        statuses = [client.get("/v3/roles").status_code for _ in range(6)]
        assert statuses == [200] * 4 + [429] * 2
        emulator.advance(3600)
        client.login()
        assert client.get("/v3/roles").status_code == 200
        emulator.options(login_limit=2, hourly_limit=100)
        assert client.login().status_code == 200
        refused = client.login()
        assert (refused.status_code, code_of(refused)) == (429, "BDC_1144")


def test_counts_are_exact(client: Client) -> None:
    client.get("/v3/bills")
    client.get("/v3/nothing")
    counts = client.emulator.counts()
    assert counts["calls"] == 3
    assert counts["logins"] == 1
    assert counts["by_path"] == {"/v3/login": 1, "/v3/bills": 1, "unknown": 1}
    assert counts["by_status"] == {"200": 2, "404": 1}


def test_a_reset_breaks_one_call_and_not_the_next(client: Client) -> None:
    client.emulator.fault("reset", path="/v3/bills", times=1)
    with pytest.raises(requests.ConnectionError) as raised:
        client.get("/v3/bills")
    assert "reset" in str(raised.value).lower()
    assert client.get("/v3/bills").ok
    assert client.emulator.counts()["in_flight"] == 0


def test_a_cut_body_is_shorter_than_its_length(client: Client) -> None:
    client.emulator.fault("cut", path="/v3/bills", times=1)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        client.get("/v3/bills")
    assert client.get("/v3/bills").ok
    assert client.emulator.counts()["by_status"]["cut"] == 1


def test_responses_that_are_not_pages(client: Client) -> None:
    faults = client.emulator.fault
    faults("error", path="/v3/bills", times=1, status=503, code="BDC_1001")
    faults("html", path="/v3/bills", times=1)
    faults("not_json", path="/v3/bills", times=1)
    faults("no_results", path="/v3/bills", times=1)
    faults("error_array", path="/v3/bills", times=1, code="BDC_1109")
    faults("redirect", path="/v3/bills", times=1, url="http://example.com/")
    answers = [client.get("/v3/bills") for _ in range(7)]
    assert [answer.status_code for answer in answers] == [503, 502, 200, 200, 200, 302, 200]
    assert code_of(answers[0]) == "BDC_1001"
    assert answers[1].headers["content-type"].startswith("text/html")
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answers[2].json()
    assert "results" not in answers[3].json()
    assert code_of(answers[4]) == "BDC_1109"
    assert answers[5].headers["location"] == "http://example.com/"


def test_pages_can_be_emptied_and_tokens_repeated(client: Client) -> None:
    client.emulator.fault("empty_page", path="/v3/vendors", skip=1, times=1)
    rows = client.walk("/v3/vendors", max=5)
    assert len(rows) == len(client.emulator.data("vendors"))
    client.emulator.fault("repeat_token", path="/v3/vendors")
    first = client.get("/v3/vendors", max=2).json()
    again = client.get("/v3/vendors", page=first["nextPage"]).json()
    assert again["nextPage"] == first["nextPage"]


def test_rows_put_by_control_are_served(client: Client) -> None:
    before = len(client.emulator.data("jobs"))
    ids = client.emulator.put_rows("jobs", [{"name": "One", "archived": False}])
    assert client.get(f"/v3/classifications/jobs/{ids[0]}").json()["name"] == "One"
    assert len(client.emulator.data("jobs")) == before + 1
    count = client.emulator.bulk("jobs", 500, spread="bursty")
    assert count == before + 501
    assert len(client.walk("/v3/classifications/jobs", max=100)) == count


def test_rows_change_while_they_are_read(client: Client) -> None:
    before = {row["id"]: row for row in client.emulator.data("bills")}
    client.emulator.start_mutator(200, lists=["bills"], kinds=["update"])
    changed = 0
    while changed < 20:
        changed = sum(row != before[row["id"]] for row in client.emulator.data("bills"))
    state = client.emulator.stop_mutator()
    assert state["done"]["update"] >= 20
    assert not state["running"]
    assert len(client.emulator.mutate(5, lists=["vendors"])) == 5


def test_rows_change_and_time_passes_with_each_page(client: Client) -> None:
    offset = client.emulator.get("/clock")["offset_seconds"]
    client.emulator.start_mutator(per_page=3, seconds_per_page=2, lists=["vendors"])
    before = {row["id"]: row for row in client.emulator.data("vendors")}
    client.login()
    client.get("/v3/vendors", max=5)
    once = {row["id"]: row for row in client.emulator.data("vendors")}
    assert 1 <= sum(row != before.get(key) for key, row in once.items()) <= 3
    client.get("/v3/vendors", max=5)
    client.emulator.stop_mutator()
    client.get("/v3/vendors", max=5)
    assert client.emulator.get("/clock")["offset_seconds"] == offset + 4


def test_writes_change_what_is_read(client: Client) -> None:
    created = client.call("POST", "/v3/classifications/departments", json={"name": "New"})
    assert created.ok, created.text
    path = f"/v3/classifications/departments/{created.json()['id']}"
    assert client.get(path).json()["name"] == "New"
    assert client.call("PATCH", path, json={"name": "Newer"}).json()["name"] == "Newer"
    assert client.call("POST", f"{path}/archive").json()["archived"] is True
    assert client.call("POST", f"{path}/restore").json()["archived"] is False
    assert client.call("PUT", path, json={"name": "x"}).status_code == 405
    assert client.call("PATCH", path, data="{").status_code == 400
    many = client.call("POST", "/v3/classifications/departments/bulk", json=[{"name": "Bulk"}])
    assert [row["name"] for row in many.json()["departments"]] == ["Bulk"]


def test_payments_ask_for_trust_and_no_sync_token(client: Client) -> None:
    client.emulator.options(mfa="required")
    refused = client.call("POST", "/v3/payments", json={})
    assert (refused.status_code, code_of(refused)) == (403, "BDC_1361")
    client.login(rememberMeId=client.emulator.credentials["remember_me_id"], device="d")
    answer = client.call("POST", "/v3/payments", json={})
    assert answer.status_code == 400
    token = Client(client.emulator, sync_token=True)
    token.login()
    assert code_of(token.call("POST", "/v3/payments", json={})) == "BDC_1145"


@pytest.mark.parametrize(
    "path",
    [
        "/v3/health",
        "/v3/bill-approvals/policies",
        "/v3/funding-accounts/ap-cards",
        "/v3/funding-accounts/cards?cardUserStatus=VERIFIED",
        "/v3/funding-accounts/banks/users",
    ],
)
def test_some_of_bills_other_endpoints(client: Client, path: str) -> None:
    assert client.get(path).status_code == 200


def test_endpoints_with_an_id(client: Client) -> None:
    organization = client.emulator.credentials["organization_id"]
    assert client.get(f"/v3/organizations/{organization}").json()["id"] == organization
    bill = client.emulator.data("bills")[0]["id"]
    assert client.get(f"/v3/documents/bills/{bill}").json()["results"]


def test_the_command_serves_the_company_of_its_seed_scale_and_day() -> None:
    company = generate(9, 0.02, datetime(2026, 3, 1, tzinfo=UTC))
    with Emulator(seed=9, scale=0.02, as_of="2026-03-01") as emulator:
        assert {name: emulator.data(name) for name in LISTS} == company.lists


def test_an_invalid_option_prevents_the_start() -> None:
    with pytest.raises(RuntimeError):
        Emulator(option={"nothing": 1}).start()
