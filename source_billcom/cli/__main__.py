"""The command `source-billcom`, which imports no more than it needs.

`spec` needs the manifest alone. The platform asks for it whenever a form is opened, and importing
the CDK would be nine tenths of its time.
"""

import os
import pkgutil
import sys

_STDOUT = 1


def main() -> None:
    """Run the command line: `spec` here, everything else by way of the CDK."""
    if sys.argv[1:] == ["spec"]:
        _print(spec_line())
        return
    from source_billcom.cli import run  # noqa: PLC0415 - `spec` must not pay for this import

    run.main()


def spec_line() -> bytes:
    """Build the SPEC message from the manifest, byte for byte the CDK's (a test holds it there)."""
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
    """Print a line; one who has seen enough and closed the pipe is no error."""
    try:
        sys.stdout.buffer.write(line)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), _STDOUT)
