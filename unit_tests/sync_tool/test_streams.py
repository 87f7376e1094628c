"""The streams that the tool knows are those of the connector."""

from source_billcom import SourceBillcom
from sync_tool.streams import declared_streams
from unit_tests.fakes import CONFIG


def test_names_keys_and_cursors_are_those_that_the_connector_discovers() -> None:
    discovered = {
        stream.name: stream.as_airbyte_stream()
        for stream in SourceBillcom(config=CONFIG).streams(CONFIG)
    }

    assert list(declared_streams()) == list(discovered)
    for name, stream in declared_streams().items():
        found = discovered[name]
        assert [list(stream.primary_key)] == found.source_defined_primary_key
        assert stream.is_incremental == bool(found.default_cursor_field)
        assert stream.json_schema()["properties"].keys() == found.json_schema["properties"].keys()
