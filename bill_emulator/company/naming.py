"""Invents names, addresses and numbers that belong to nobody."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

from bill_emulator.company import words

if TYPE_CHECKING:
    from random import Random

    from bill_emulator.company.context import Row
    from bill_emulator.company.words import Country


class Names:
    """Names that are unique within a list."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._taken: set[str] = set()
        self._numbers: Counter[str] = Counter()

    def unique(self, *candidates: str) -> str:
        """Return the first unused candidate, or the last one with a number."""
        for candidate in candidates:
            if candidate not in self._taken:
                self._taken.add(candidate)
                return candidate
        self._numbers[candidates[-1]] += 1
        return self.unique(f"{candidates[-1]} {self._numbers[candidates[-1]] + 1}")

    def company(self, kind: str, country: Country | None) -> str:
        """Return a company name of this kind, such as `Kestrel Plumbing LLC`."""
        stems = country.stems if country else words.COMPANY_STEMS
        drawn = []
        for _ in range(6):
            stem = self._rng.choice(stems)
            suffix = self._rng.choice(words.COMPANY_SUFFIXES)
            drawn += [f"{stem} {kind}", f"{stem} {kind} {suffix}"]
            if self._rng.random() < 0.2:
                drawn.append(f"{stem} & {self._rng.choice(words.SURNAMES)} {kind}")
        self._rng.shuffle(drawn)
        return self.unique(*drawn)

    def person(self) -> tuple[str, str]:
        """Return a first and a last name. The same pair may occur twice."""
        return self._rng.choice(words.GIVEN_NAMES), self._rng.choice(words.SURNAMES)


def slug(text: str) -> str:
    """Return a text in a form for email addresses and domains."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def domain(name: str) -> str:
    """Return a domain for a company. `.example` is reserved (RFC 2606)."""
    return f"{slug(name) or 'company'}.example"


def phone(rng: Random) -> str:
    """Return a phone number of the fictional range 555-0100 to 555-0199."""
    return f"({rng.randint(201, 989)}) 555-01{rng.randint(0, 99):02}"


def address(rng: Random, country: Country | None) -> Row:
    """Return an address in the United States, or in another country."""
    row: Row = {"line1": f"{rng.randint(1, 1999)} {rng.choice(words.STREETS)}"}
    if rng.random() < 0.25:
        row["line2"] = f"Suite {rng.randint(100, 950)}"
    if country is None:
        city, state, zip_code = rng.choice(words.US_PLACES)
        place = (city, state, zip_code, "US", "United States")
    else:
        place = (country.city, country.region, country.zip_code, country.code, country.name)
    keys = ("city", "stateOrProvince", "zipOrPostalCode", "country", "countryName")
    row.update(zip(keys, place, strict=True))
    return row


def employer_number(rng: Random) -> str:
    """Return an EIN with the prefix 00, which is never issued."""
    return f"00-{rng.randrange(10**7):07}"


def social_number(rng: Random) -> str:
    """Return a social security number of the area 000, which is never issued."""
    return f"000-{rng.randint(1, 99):02}-{rng.randint(1, 9999):04}"


def routing_number(rng: Random) -> str:
    """Return nine digits that pass the ABA checksum but belong to no bank.

    They begin with 0099, a range of the federal government that no bank uses [INFER].
    """
    digits = [0, 0, 9, 9, *(rng.randrange(10) for _ in range(4))]
    total = sum(digit * weight for digit, weight in zip(digits, (3, 7, 1) * 3, strict=False))
    return "".join(map(str, digits)) + str(-total % 10)


def masked_account(rng: Random) -> str:
    """Return an account number as BILL shows it: four digits after asterisks [LIVE OD]."""
    return f"************{rng.randrange(10**4):04}"
