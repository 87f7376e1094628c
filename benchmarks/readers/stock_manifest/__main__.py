"""`python -m benchmarks.readers.stock_manifest`: a connector of the CDK's components alone.

It runs its manifest in the same way as published low-code connectors do.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from airbyte_cdk.entrypoint import AirbyteEntrypoint, launch
from airbyte_cdk.sources.declarative.yaml_declarative_source import YamlDeclarativeSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airbyte_cdk.models import AirbyteStateMessage, ConfiguredAirbyteCatalog


class StockSource(YamlDeclarativeSource):
    """The source of manifest.yaml, which the CDK looks for beside this module."""

    def __init__(
        self,
        catalog: ConfiguredAirbyteCatalog | None,
        config: Mapping[str, Any] | None,
        state: list[AirbyteStateMessage] | None,
    ) -> None:
        super().__init__(
            path_to_yaml="manifest.yaml",
            catalog=catalog,
            config=dict(config) if config else None,
            state=state,
        )


def main() -> None:
    """Run one command of the Airbyte protocol."""
    arguments = sys.argv[1:]
    catalog_path = AirbyteEntrypoint.extract_catalog(arguments)
    config_path = AirbyteEntrypoint.extract_config(arguments)
    state_path = AirbyteEntrypoint.extract_state(arguments)
    source = StockSource(
        StockSource.read_catalog(catalog_path) if catalog_path else None,
        StockSource.read_config(config_path) if config_path else None,
        StockSource.read_state(state_path) if state_path else None,
    )
    launch(source, arguments)


if __name__ == "__main__":
    main()
