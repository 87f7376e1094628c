"""`python -m bill_emulator` serves a local BILL on a port."""

from __future__ import annotations

import argparse
import dataclasses
import functools
import math
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bill_emulator.clock import Clock
from bill_emulator.company import generate
from bill_emulator.emulated_bill import Bill, SignIn
from bill_emulator.options import Options, changed
from bill_emulator.options.fields import BadOptionError

if TYPE_CHECKING:
    from collections.abc import Sequence

_DEFAULT_PORT = 8900
_DEFAULT_LATENCY_MS = 10.0
"""With no latency, a call ends before the next one begins, so calls never overlap."""
_MOST_LATENCY_MS = 3_600_000
_MOST_PORT = 65_535


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the emulator; return the exit code."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    try:
        options = changed(Options(), dict(_pair(text) for text in chosen.option))
        as_of = _as_of(chosen.as_of)
    except ValueError as error:
        parser.error(str(error))
    make_company = functools.partial(
        generate, as_of=as_of, partly_scheduled=options.partly_scheduled
    )
    company = make_company(chosen.seed, chosen.scale)
    if chosen.organization_id:
        company = dataclasses.replace(company, organization_id=chosen.organization_id)
    clock = Clock(precision="second")
    bill = Bill(company, clock, options, seed=chosen.seed, sign_in=_sign_in(chosen))
    bill.latency.seconds = chosen.latency_ms / 1000
    try:
        from bill_emulator.server import serve  # noqa: PLC0415 - imports the extra's packages
    except ModuleNotFoundError as error:
        sys.stderr.write(
            f"The Python package {error.name} is missing: "
            "run pip install 'source-billcom[emulator]'.\n"
        )
        return 2
    try:
        serve(
            bill,
            make_company,
            host=chosen.host,
            port=chosen.port,
            log_level=chosen.log_level,
            config_path=chosen.write_config,
        )
    except OSError as error:
        sys.stderr.write(f"Cannot listen on {chosen.host}:{chosen.port}: {error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "bill-emulator", description="A local emulator of BILL's v3 REST API. See docs/emulator.md."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument(
        "--port", type=_port, default=_DEFAULT_PORT, help="port to listen on; 0 picks a free port"
    )
    parser.add_argument("--seed", type=int, default=1, help="which company to generate")
    parser.add_argument(
        "--scale", type=_scale, default=1.0, help="size of the company; 1 is about 2,000 bills"
    )
    parser.add_argument(
        "--as-of",
        metavar="DATE",
        help="last day of the company's data; default: today, midnight UTC",
    )
    parser.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="set an option; docs/emulator.md lists them",
    )
    parser.add_argument(
        "--latency-ms",
        type=_latency,
        default=_DEFAULT_LATENCY_MS,
        metavar="N",
        help="duration of every call, 10 by default; with 0 calls never overlap, so the limit of"
        " 3 concurrent calls has no effect",
    )
    parser.add_argument(
        "--write-config",
        type=Path,
        metavar="FILE",
        help="print a configuration for source-billcom, and write it to this file unless it exists",
    )
    parser.add_argument(
        "--log-level",
        default="warning",
        choices=["error", "warning", "info", "debug"],
        help="level of the log on stderr",
    )
    for name, default in dataclasses.asdict(SignIn()).items():
        parser.add_argument(
            f"--{name.replace('_', '-')}", default=default, help=f"default: {default}"
        )
    parser.add_argument("--organization-id", help="default: the generated company's")
    return parser


def _sign_in(chosen: argparse.Namespace) -> SignIn:
    names = [field.name for field in dataclasses.fields(SignIn)]
    return SignIn(**{name: getattr(chosen, name) for name in names})


def _port(text: str) -> int:
    port = int(text) if text.isdecimal() else -1
    if not 0 <= port <= _MOST_PORT:
        raise argparse.ArgumentTypeError(f"must be 0 to {_MOST_PORT}, not {text!r}.")
    return port


def _scale(text: str) -> float:
    scale = _finite(text)
    if scale is None or scale <= 0:
        raise argparse.ArgumentTypeError(f"must be a number above 0, not {text!r}.")
    return scale


def _latency(text: str) -> float:
    latency = _finite(text)
    if latency is None or not 0 <= latency <= _MOST_LATENCY_MS:
        raise argparse.ArgumentTypeError(
            f"must be milliseconds from 0 to {_MOST_LATENCY_MS}, not {text!r}."
        )
    return latency


def _finite(text: str) -> float | None:
    """Return the text as a finite number, or None."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _pair(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator:
        raise BadOptionError(f"--option must be NAME=VALUE, not {text!r}.")
    return name, value


def _as_of(text: str | None) -> datetime:
    """Read --as-of. A time without a zone is in UTC."""
    if text is None:
        return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


if __name__ == "__main__":
    sys.exit(main())
