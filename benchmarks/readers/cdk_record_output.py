"""The connector's command, but with the CDK's own printing of records.

`python -m benchmarks.readers.cdk_record_output read --config ...`: the CDK builds, serializes and
prints one message for each record. The connector itself prints the records of a page at once.
"""

from airbyte_cdk import entrypoint

from source_billcom.cli import run as command


def main() -> None:
    """Run the command line with the CDK's `launch` in place of the connector's."""
    vars(command)["launch"] = entrypoint.launch
    command.main()


if __name__ == "__main__":
    main()
