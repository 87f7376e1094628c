"""`python -m bill_emulator`: a local BILL on a port."""

from __future__ import annotations

import argparse
import dataclasses
import functools
import math
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bill_emulator.bill import Bill, SignIn
from bill_emulator.clock import Clock
from bill_emulator.company import generate
from bill_emulator.options import Options, changed
from bill_emulator.options.fields import BadOptionError
from bill_emulator.server import serve

if TYPE_CHECKING:
    from collections.abc import Sequence

_DEFAULT_PORT = 8900
_DEFAULT_LATENCY_MS = 10.0
"""With none, a call is over before the next begins: no client ever has 3 under way at once."""
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
        serve(
            bill,
            make_company,
            host=chosen.host,
            port=chosen.port,
            log_level=chosen.log_level,
        )
    except OSError as error:
        sys.stderr.write(f"Cannot serve at {chosen.host}:{chosen.port}: {error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("bill_emulator", description="A local BILL (v3 REST API).")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=_port, default=_DEFAULT_PORT, help="0 picks a free port")
    parser.add_argument("--seed", type=int, default=1, help="another seed, another company")
    parser.add_argument("--scale", type=_scale, default=1.0, help="1 is about 2,000 bills")
    parser.add_argument(
        "--as-of", metavar="DATE", help="the company's last day; default today, midnight UTC"
    )
    parser.add_argument(
        "--option", action="append", default=[], metavar="NAME=VALUE", help="see docs/emulator.md"
    )
    parser.add_argument(
        "--latency-ms",
        type=_latency,
        default=_DEFAULT_LATENCY_MS,
        metavar="N",
        help="how long every call takes, 10 by default; 0 in practice disables the check of 3"
        " calls at once",
    )
    parser.add_argument(
        "--log-level", default="warning", choices=["error", "warning", "info", "debug"]
    )
    for name, default in dataclasses.asdict(SignIn()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", default=default, help=default)
    parser.add_argument("--organization-id", help="default: the generated company's")
    return parser


def _sign_in(chosen: argparse.Namespace) -> SignIn:
    names = [field.name for field in dataclasses.fields(SignIn)]
    return SignIn(**{name: getattr(chosen, name) for name in names})


def _port(text: str) -> int:
    port = int(text) if text.isdecimal() else -1
    if not 0 <= port <= _MOST_PORT:
        raise argparse.ArgumentTypeError(f"takes 0 to {_MOST_PORT}; not {text!r}.")
    return port


def _scale(text: str) -> float:
    scale = _finite(text)
    if scale is None or scale <= 0:
        raise argparse.ArgumentTypeError(f"takes a number above 0; not {text!r}.")
    return scale


def _latency(text: str) -> float:
    latency = _finite(text)
    if latency is None or not 0 <= latency <= _MOST_LATENCY_MS:
        raise argparse.ArgumentTypeError(
            f"takes milliseconds, 0 to {_MOST_LATENCY_MS}; not {text!r}."
        )
    return latency


def _finite(text: str) -> float | None:
    """Read a number; None when the text is none, or one that is not finite."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _pair(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator:
        raise BadOptionError(f"--option takes NAME=VALUE; not {text!r}.")
    return name, value


def _as_of(text: str | None) -> datetime:
    """Read --as-of; a time without a zone is UTC."""
    if text is None:
        return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


if __name__ == "__main__":
    sys.exit(main())
