"""The command `source-billcom`. `spec` runs here, without the import of the CDK.

The platform runs `spec` whenever a form is opened, and nine tenths of its time would be the import
of the CDK. The manifest is all that it needs.
"""

import os
import pkgutil
import sys

_STDOUT = 1


def main() -> None:
    """Run the command line."""
    if sys.argv[1:] == ["spec"]:
        _print(spec_line())
        return
    from source_billcom.cli import run  # noqa: PLC0415 - `spec` must not import the CDK

    run.main()


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
