"""`python -m bill_emulator`: a local BILL on a port."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bill_emulator.bill import Bill, SignIn
from bill_emulator.clock import Clock
from bill_emulator.company import generate
from bill_emulator.option_fields import BadOptionError
from bill_emulator.options import Options, changed
from bill_emulator.server import serve

if TYPE_CHECKING:
    from collections.abc import Sequence

_DEFAULT_PORT = 8900


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the emulator; return the exit code."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    try:
        options = changed(Options(), dict(_pair(text) for text in chosen.option))
        as_of = _as_of(chosen.as_of)
    except ValueError as error:
        parser.error(str(error))
    company = generate(chosen.seed, chosen.scale, as_of)
    if chosen.organization_id:
        company = dataclasses.replace(company, organization_id=chosen.organization_id)
    clock = Clock(precision="second")
    bill = Bill(company, clock, options, seed=chosen.seed, sign_in=_sign_in(chosen))
    bill.latency.seconds = chosen.latency_ms / 1000
    try:
        serve(
            bill,
            lambda seed, scale: generate(seed, scale, as_of),
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
    parser.add_argument("--port", type=int, default=_DEFAULT_PORT, help="0 picks a free port")
    parser.add_argument("--seed", type=int, default=1, help="another seed, another company")
    parser.add_argument("--scale", type=float, default=1.0, help="1 is about 2,000 bills")
    parser.add_argument(
        "--as-of", metavar="DATE", help="the company's last day; default today, midnight UTC"
    )
    parser.add_argument(
        "--option", action="append", default=[], metavar="NAME=VALUE", help="see docs/emulator.md"
    )
    parser.add_argument("--latency-ms", type=float, default=0.0)
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
