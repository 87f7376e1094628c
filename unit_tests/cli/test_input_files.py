"""The input files: what is accepted, and one message about each that is not."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.models import ConfiguredAirbyteCatalogSerializer, FailureType

from source_billcom.cli.input_files import (
    read_catalog,
    read_config,
    read_state,
    refuse_unsupported_modes,
)
from source_billcom.errors import ConnectorError
from unit_tests.fakes import CONFIG

Write = Callable[[object], str]

NOT_JSON = ["", "{'username': 'ann'}", "\x00", "username: ann", '{"a": 1,}']
STREAMS: list[dict[str, Any]] = [{"name": "bills", "incremental_sync": {}}, {"name": "roles"}]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes an input file and returns its path."""

    def write(content: object) -> str:
        path = tmp_path / "input.json"
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            text = content if isinstance(content, str) else json.dumps(content)
            path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def configured(name: object, mode: str = "full_refresh", write: str = "overwrite") -> Any:
    """Return a stream of a configured catalog."""
    return {
        "stream": {"name": name, "json_schema": {}, "supported_sync_modes": ["full_refresh"]},
        "sync_mode": mode,
        "destination_sync_mode": write,
    }


def state_of(name: object, state: object) -> dict[str, Any]:
    """Return a state message of a stream."""
    stream = {"stream_descriptor": {"name": name}, "stream_state": state}
    return {"type": "STREAM", "stream": stream}


@pytest.mark.parametrize(
    ("read", "kind"),
    [(read_config, "configuration"), (read_catalog, "catalog"), (read_state, "state")],
)
class TestAnyFile:
    def test_one_that_does_not_exist_is_named(
        self, read: Callable[[str], object], kind: str
    ) -> None:
        with pytest.raises(ConnectorError) as caught:
            read("missing.json")

        assert caught.value.failure_type is FailureType.config_error
        assert str(caught.value) == (
            f"The {kind} file missing.json cannot be read: No such file or directory."
        )

    def test_a_folder_in_its_place_is_named(
        self, read: Callable[[str], object], kind: str, tmp_path: Path
    ) -> None:
        with pytest.raises(ConnectorError, match=f"{kind} file {tmp_path} cannot be read"):
            read(str(tmp_path))

    @pytest.mark.parametrize("content", NOT_JSON)
    def test_one_that_is_not_json_is_refused_without_a_quotation(
        self, read: Callable[[str], object], kind: str, write: Write, content: str
    ) -> None:
        with pytest.raises(ConnectorError, match=rf"{kind} file .* is not valid JSON: .*\.") as e:
            read(write(content))

        assert "ann" not in str(e.value)

    def test_one_that_is_nested_too_deeply_is_refused(
        self, read: Callable[[str], object], kind: str, write: Write
    ) -> None:
        with pytest.raises(ConnectorError, match=f"{kind} file .* it is nested too deeply"):
            read(write("[" * 100_000))

    def test_one_in_another_encoding_is_refused_without_its_bytes(
        self, read: Callable[[str], object], kind: str, write: Write
    ) -> None:
        with pytest.raises(ConnectorError, match=f"{kind} file .* is not UTF-8 text") as caught:
            read(write('{"password": "grün"}'.encode("latin-1")))

        assert "fc" not in str(caught.value).rsplit("file", 1)[1]
        assert caught.value.internal_message is None


class TestConfig:
    def test_it_is_read(self, write: Write) -> None:
        assert read_config(write(CONFIG)) == CONFIG

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
    def test_every_encoding_of_unicode_is_read(self, write: Write, encoding: str) -> None:
        assert read_config(write('{"password": "grün"}'.encode(encoding))) == {"password": "grün"}

    def test_null_is_absent(self, write: Write) -> None:
        assert read_config(write({"base_url": None, "anchor_date": ""})) == {"anchor_date": ""}

    def test_fields_of_the_cdk_are_dropped(self, write: Write) -> None:
        assert read_config(write({"__injected_declarative_manifest": {}, "a": 1})) == {"a": 1}

    @pytest.mark.parametrize("content", [[], [CONFIG], "null", "7", '"text"', "true"])
    def test_anything_but_an_object_is_refused(self, write: Write, content: object) -> None:
        with pytest.raises(ConnectorError, match="must contain one JSON object"):
            read_config(write(content))


class TestCatalog:
    def test_it_is_read(self, write: Write) -> None:
        catalog = read_catalog(write({"streams": [configured("bills"), configured("roles")]}))

        assert [each.stream.name for each in catalog.streams] == ["bills", "roles"]

    @pytest.mark.parametrize(
        "content",
        [
            *([], {}, "null", "7", {"streams": {}}, {"streams": [7]}, {"streams": [{}]}),
            {"streams": [configured(7)]},
            {"streams": [configured("bills", "cdc")]},
        ],
    )
    def test_anything_else_is_refused_with_where_to_get_one(
        self, write: Write, content: object
    ) -> None:
        with pytest.raises(ConnectorError, match="not a configured Airbyte catalog") as caught:
            read_catalog(write(content))

        assert "discover --configured" in str(caught.value)
        assert caught.value.internal_message

    def test_one_without_streams_is_refused(self, write: Write) -> None:
        with pytest.raises(ConnectorError, match="selects no stream"):
            read_catalog(write({"streams": []}))

    def test_a_stream_twice_is_refused(self, write: Write) -> None:
        streams = [configured(name) for name in ("bills", "roles", "bills")]

        with pytest.raises(ConnectorError, match="selects bills more than once"):
            read_catalog(write({"streams": streams}))


class TestSyncModes:
    @pytest.mark.parametrize(
        "stream",
        [
            configured("roles"),
            configured("roles", "full_refresh", "append"),
            configured("roles", "incremental", "overwrite"),
            configured("roles", "incremental", "append_dedup"),
            configured("bills", "incremental", "append"),
            configured("gone", "incremental", "append"),
        ],
    )
    def test_modes_that_do_no_harm_are_accepted(self, stream: object) -> None:
        refuse_unsupported_modes(
            ConfiguredAirbyteCatalogSerializer.load({"streams": [stream]}), STREAMS
        )

    def test_incremental_append_of_a_stream_that_is_read_whole_is_refused(self) -> None:
        streams = [configured("bills"), configured("roles", "incremental", "append")]
        catalog = ConfiguredAirbyteCatalogSerializer.load({"streams": streams})

        with pytest.raises(ConnectorError, match="incremental sync for roles") as caught:
            refuse_unsupported_modes(catalog, STREAMS)

        assert "full refresh" in str(caught.value)


class TestState:
    def test_it_is_read(self, write: Write) -> None:
        (message,) = read_state(write([state_of("bills", {"updatedTime": "2026-01-01"})]))

        assert message.stream is not None
        assert message.stream.stream_descriptor.name == "bills"
        assert vars(message.stream.stream_state) == {"updatedTime": "2026-01-01"}

    @pytest.mark.parametrize("content", [[], {}, "null"])
    def test_an_empty_one_is_no_state(self, write: Write, content: object) -> None:
        assert read_state(write(content)) == []

    @pytest.mark.parametrize("path", [None, ""])
    def test_no_file_is_no_state(self, path: str | None) -> None:
        assert read_state(path) == []

    def test_a_stream_without_a_state_is_accepted(self, write: Write) -> None:
        (message,) = read_state(write([state_of("bills", None)]))

        assert message.stream is not None
        assert message.stream.stream_state is None

    @pytest.mark.parametrize(
        "content",
        [
            *("7", '"text"', [7], ["text"], [{"type": "NO_SUCH"}], [{"type": "STREAM"}]),
            [state_of(7, {})],
            [state_of("bills", ["2026-01-01"])],
            [{"type": "GLOBAL", "global": {"stream_states": []}}],
            # the form of early versions of Airbyte
            {"bills": {"updatedTime": "2026-01-01"}},
        ],
    )
    def test_anything_else_is_refused_with_what_to_pass(
        self, write: Write, content: object
    ) -> None:
        with pytest.raises(ConnectorError, match="state file is not a list of Airbyte state") as e:
            read_state(write(content))

        assert e.value.failure_type is FailureType.config_error
        assert e.value.internal_message
