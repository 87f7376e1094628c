"""What the manifest declares: the form that a user fills in, and the streams."""

import json
import re
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.models import SyncMode
from hypothesis import assume, given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from source_billcom.config import PRODUCTION, SANDBOX, ConnectorConfig
from source_billcom.errors import ConnectorError
from source_billcom.source import SourceBillcom
from testing.streams import INCREMENTAL, STREAMS
from unit_tests.fakes import CONFIG, NOW, quick

REPOSITORY = Path(__file__).resolve().parents[1]
CONTRACT: Mapping[str, Any] = json.loads(
    (REPOSITORY / "bill_emulator" / "contract.json").read_text(encoding="utf-8")
)["streams"]


class Form:
    """The form as the platform shows and checks it."""

    def __init__(self) -> None:
        spec = SourceBillcom().spec(SourceBillcom().logger)
        self.schema: Mapping[str, Any] = spec.connectionSpecification
        self.fields: Mapping[str, Any] = self.schema["properties"]
        self._validator = Draft7Validator(self.schema)

    def accepts(self, **changes: object) -> bool:
        """Return whether the form accepts the usual configuration with these changes."""
        return self._validator.is_valid({**CONFIG, **changes})


def connector_accepts(**changes: object) -> bool:
    """Return whether the connector accepts the usual configuration with these changes."""
    try:
        ConnectorConfig.from_config({**CONFIG, **changes}, NOW)
    except ConnectorError:
        return False
    return True


# one for all tests, because hypothesis cannot be combined with fixtures
FORM = Form()


@pytest.fixture
def form() -> Form:
    """Return the form."""
    return FORM


class TestTheForm:
    def test_four_fields_are_required_and_three_have_defaults(self, form: Form) -> None:
        assert form.schema["required"] == ["username", "password", "organization_id", "dev_key"]
        assert set(form.fields) - set(form.schema["required"]) == {
            "base_url",
            "anchor_date",
            "lookback_window",
        }
        assert form.fields["base_url"]["default"] == PRODUCTION
        assert form.fields["lookback_window"]["default"] == "PT10M"

    def test_password_and_developer_key_are_secret_and_nothing_else_is(self, form: Form) -> None:
        secret = {name for name, field in form.fields.items() if field.get("airbyte_secret")}

        assert secret == {"password", "dev_key"}

    def test_every_field_explains_itself(self, form: Form) -> None:
        assert [field["order"] for field in form.fields.values()] == list(range(7))
        for name, field in form.fields.items():
            assert field["type"] == "string", name
            assert field["title"], name
            assert field["description"].endswith("."), name
            assert field.get("examples") or field.get("airbyte_secret"), name
            assert ("pattern" in field) == ("pattern_descriptor" in field), name

    def test_the_form_never_hides_optional_fields_that_most_users_should_look_at(
        self, form: Form
    ) -> None:
        """Airbyte's form folds optional fields away unless the spec says otherwise."""
        shown = {name for name, field in form.fields.items() if field.get("always_show")}

        assert shown == {"base_url", "anchor_date"}

    def test_the_anchor_date_has_a_date_picker_whose_values_are_accepted(self, form: Form) -> None:
        field = form.fields["anchor_date"]

        assert {name: f["format"] for name, f in form.fields.items() if "format" in f} == {
            "anchor_date": "date-time"
        }
        # the form that Airbyte's date picker writes
        assert field["pattern_descriptor"] == "YYYY-MM-DDTHH:mm:ssZ"
        for written in ("2024-02-29T00:00:00Z", *field["examples"]):
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", written)
            assert form.accepts(anchor_date=written)
            assert connector_accepts(anchor_date=written)

    def test_files_may_have_an_anchor_date_without_a_time(self, form: Form) -> None:
        """The CDK checks a configuration file by type and pattern, and not by format."""
        assert form.accepts(anchor_date="2024-01-31")
        assert connector_accepts(anchor_date="2024-01-31")

    def test_every_duration_that_the_form_shows_means_what_it_says(self, form: Form) -> None:
        shown = form.fields["lookback_window"]["pattern_descriptor"]

        explained = dict(re.findall(r"(\S+) is (\d+ \w+)", shown))

        assert list(explained) == form.fields["lookback_window"]["examples"]
        for duration, words in explained.items():
            config = ConnectorConfig.from_config({**CONFIG, "lookback_window": duration}, NOW)
            count, unit = words.split()
            assert config.lookback == timedelta(**{f"{unit.rstrip('s')}s": int(count)})

    def test_a_sync_token_is_what_the_form_recommends(self, form: Form) -> None:
        assert "sync token" in form.fields["username"]["title"].lower()
        assert "sync token" in form.fields["password"]["title"].lower()
        assert "recommended" in form.fields["username"]["description"]
        assert "48" in form.fields["username"]["description"]
        assert "cannot make payments" in form.fields["username"]["description"]

    def test_the_description_of_the_base_url_names_the_sandbox(self, form: Form) -> None:
        assert SANDBOX in form.fields["base_url"]["description"]

    def test_form_and_connector_accept_every_example_and_default(self, form: Form) -> None:
        for name, field in form.fields.items():
            defaults = [field["default"]] if "default" in field else []
            for value in [*field.get("examples", []), *defaults]:
                assert form.accepts(**{name: value}), (name, value)
                assert connector_accepts(**{name: value}), (name, value)

    def test_the_form_accepts_unknown_keys_and_keys_of_the_platform(self, form: Form) -> None:
        assert form.accepts(a_field_of_tomorrow=1, __injected_declarative_manifest={})

    @pytest.mark.parametrize("key", ["username", "password", "organization_id", "dev_key"])
    @pytest.mark.parametrize("value", ["", None, 7])
    def test_form_and_connector_reject_a_required_field_without_text(
        self, form: Form, key: str, value: object
    ) -> None:
        assert not form.accepts(**{key: value})
        assert not connector_accepts(**{key: value})


class TestFormAndConnectorAgree:
    @pytest.mark.parametrize("key", ["base_url", "anchor_date", "lookback_window"])
    def test_both_accept_a_cleared_field(self, form: Form, key: str) -> None:
        assert form.accepts(**{key: ""})
        assert connector_accepts(**{key: ""})

    @quick
    @given(
        st.tuples(
            st.sampled_from(["https", "http", "ftp", "htps", "", "file"]),
            st.sampled_from(["://", ":/", "//", ":"]),
            st.sampled_from(["gateway.prod.bill.com", "127.0.0.1", "[::1]", "h"]),
            st.sampled_from(["", ":8900", ":1"]),
            st.sampled_from(["", "/", "/connect", "/connect/", "/connect/v3", "/connect/v3/"]),
        ).map("".join),
        st.sampled_from(["", " ", "\n"]),
    )
    def test_on_a_base_url(self, text: str, space: str) -> None:
        text = f"{space}{text}{space}"

        assert FORM.accepts(base_url=text) == connector_accepts(base_url=text)

    def test_on_a_base_url_in_capitals(self, form: Form) -> None:
        text = "HTTPS://gateway.prod.bill.com/connect"

        assert form.accepts(base_url=text) == connector_accepts(base_url=text)

    @quick
    @given(
        st.dates(date(1990, 1, 1), date(2026, 3, 9)),
        st.sampled_from(["", "T", " ", "t", "  "]),
        st.sampled_from(["", "10", "10:20", "10:20:30", "10:20:30.5", "10:20:30.123456789", "1:2"]),
        st.sampled_from(["", "Z", "z", "+02:00", "+0200", "-05:30", "+2", " UTC"]),
    )
    def test_on_an_anchor_date_that_exists(
        self, day: date, mark: str, clock: str, zone: str
    ) -> None:
        text = f"{day}{mark}{clock}{zone}"
        assume(text == text.strip())

        assert FORM.accepts(anchor_date=text) == connector_accepts(anchor_date=text)

    @quick
    @given(st.text(st.sampled_from("0123456789-:TZ. +"), max_size=25))
    def test_the_connector_rejects_every_anchor_date_that_the_form_rejects(self, text: str) -> None:
        assume(text == text.strip())

        assert FORM.accepts(anchor_date=text) or not connector_accepts(anchor_date=text)

    @quick
    @given(
        st.from_regex(r"\A-?P?([0-9]{1,3}[YMWDHS]){0,3}(T?([0-9]{1,3}[HMSD]){0,3})\Z")
        | st.text(st.sampled_from("PTYMWDHS0123456789."), max_size=8)
    )
    def test_on_a_lookback_window(self, text: str) -> None:
        # a pattern cannot express the limit of ten years
        assume(not re.search(r"[0-9]{2,}Y|[0-9]{3,}[MW]", text.split("T", maxsplit=1)[0]))

        assert FORM.accepts(lookback_window=text) == connector_accepts(lookback_window=text)

    @pytest.mark.parametrize(
        ("key", "text"), [("anchor_date", " 2025-01-31 "), ("lookback_window", "PT5M ")]
    )
    def test_on_surrounding_spaces(self, form: Form, key: str, text: str) -> None:
        assert form.accepts(**{key: text}) == connector_accepts(**{key: text})


class TestStreams:
    def test_names_and_paths_are_those_of_bills_contract(self) -> None:
        assert {name: stream["path"] for name, stream in CONTRACT.items()} == {
            name: stream.path for name, stream in STREAMS.items()
        }

    def test_discover_offers_incremental_syncs_of_exactly_the_incremental_streams(self) -> None:
        source = SourceBillcom(config=CONFIG)

        catalog = source.discover(source.logger, CONFIG)

        assert [stream.name for stream in catalog.streams] == list(STREAMS)
        for stream in catalog.streams:
            is_incremental = STREAMS[stream.name].is_incremental
            modes = [SyncMode.full_refresh] + [SyncMode.incremental] * is_incremental
            assert stream.supported_sync_modes == modes, stream.name
            assert stream.source_defined_primary_key == [["id"]], stream.name
            assert (stream.default_cursor_field or []) == ["updatedTime"] * is_incremental, (
                stream.name
            )
            assert bool(stream.source_defined_cursor) == is_incremental, stream.name

    def test_these_lists_stay_incremental(self) -> None:
        """BILL documents a filter on updatedTime, or a client relies on it [DOC, LIVE, CODE]."""
        assert set(INCREMENTAL) >= {
            "bills",
            "payments",
            "vendors",
            "vendor_credits",
            "invoices",
            "customers",
            "receivable_payments",
            "credit_memos",
        }

    def test_no_order_is_requested_of_recurring_lists(self) -> None:
        """BILL documents no field that these lists can be sorted by [DOC, CODE]."""
        retrievers = {
            stream["name"]: stream["retriever"]
            for stream in SourceBillcom().resolved_manifest["streams"]
        }
        for name in ("recurring_bills", "recurring_invoices"):
            assert not STREAMS[name].is_incremental
            assert "sort" not in retrievers[name]

    def test_a_manifest_in_the_working_directory_is_ignored(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "manifest.yaml").write_text("type: DeclarativeSource\n", encoding="utf-8")
        monkeypatch.chdir(tmp_path)

        assert len(SourceBillcom().resolved_manifest["streams"]) == len(STREAMS)
