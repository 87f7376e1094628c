"""The command `source-billcom`. `spec`, `--version` and `--help` run here, without the CDK.

The platform runs `spec` whenever a form is opened, and nine tenths of its time would be the import
of the CDK. The manifest is all that it needs.
"""

import os
import pkgutil
import sys

_STDOUT = 1
_DISTRIBUTION = "source-billcom"
_HELP = """\
usage: source-billcom COMMAND [--debug]

Reads an organization's data from BILL (Bill.com), as an Airbyte source connector.

  spec                                 print the configuration form
  check --config FILE                  test the configuration at BILL
  discover --config FILE               print the catalog: all streams with their schemas
  discover --config FILE --configured  print a catalog for `read`, with every stream selected
  read --config FILE --catalog FILE [--state FILE]
                                       read the streams of the catalog, from the state

  --debug                              also print debug messages
  --version                            print the version
  --help                               print this text

Commands print Airbyte messages to stdout, one JSON object in each line. `discover --configured`
prints the catalog alone. Files are JSON.
"""


def main() -> None:
    """Run the command line."""
    arguments = sys.argv[1:]
    if arguments == ["spec"]:
        return _print(spec_line())
    if arguments == ["--version"]:
        return _print(version_line())
    if arguments in (["--help"], ["-h"]):
        return _print(_HELP.encode())
    from source_billcom.cli import run  # noqa: PLC0415 - `spec` must not import the CDK

    return run.main()


def version_line() -> bytes:
    """Return name and version of the installed package as a line."""
    from importlib.metadata import version  # noqa: PLC0415 - `spec` needs no metadata

    return f"{_DISTRIBUTION} {version(_DISTRIBUTION)}\n".encode()


def spec_line() -> bytes:
    """Return the SPEC message as a line. A test compares it with the CDK's, byte for byte."""
    import orjson  # noqa: PLC0415 - as above
    import yaml  # noqa: PLC0415 - as above

    manifest = yaml.safe_load(pkgutil.get_data("source_billcom", "manifest.yaml") or b"")
    declared = manifest["spec"]
    message = {
        "type": "SPEC",
        "spec": {
            "connectionSpecification": declared["connection_specification"],
            "documentationUrl": declared["documentation_url"],
            "supportsNormalization": False,
            "supportsDBT": False,
        },
    }
    return orjson.dumps(message) + b"\n"


def _print(line: bytes) -> None:
    """Print a line. It is not an error if the reader has closed the pipe."""
    try:
        sys.stdout.buffer.write(line)
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes stdout again at its exit, which must not fail
        os.dup2(os.open(os.devnull, os.O_WRONLY), _STDOUT)


if __name__ == "__main__":
    main()
