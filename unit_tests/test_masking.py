"""Secrets in quoted text: found in every form, and nothing else changed."""

import base64
import html
import json
from collections.abc import Callable, Mapping
from urllib.parse import quote, quote_plus

import pytest
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets
from hypothesis import given
from hypothesis import strategies as st

from source_billcom.masking import SecretMask, register_secret, register_secrets
from unit_tests.fakes import quick

# what encoders and filters trip over: quotes, backslashes, percent signs, other scripts
NASTY = st.text(
    st.sampled_from("aB9 \"'\\/%+&=<>?#\n\t\u00e4\u20ac\u4ed8\U0001f4b8"), min_size=3
).filter(str.strip)
ENCODERS: Mapping[str, Callable[[str], str]] = {
    "as it is": str,
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON of any script": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "JSON in JSON": lambda text: json.dumps(json.dumps(text)[1:-1])[1:-1],
    "JSON with capital escapes": lambda text: json.dumps(text)[1:-1].upper(),
    "JSON with escaped slashes": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "URL": quote,
    "URL, every sign": lambda text: quote(text, safe=""),
    "URL in small letters": lambda text: quote(text, safe="").lower(),
    "URL twice": lambda text: quote(quote(text, safe=""), safe=""),
    "form": quote_plus,
    "HTML": html.escape,
    "Python": lambda text: repr(text)[1:-1],
    "hexadecimal": lambda text: text.encode().hex(),
    "hexadecimal in capitals": lambda text: text.encode().hex().upper(),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 without padding": lambda text: base64.b64encode(text.encode()).decode().rstrip("="),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
}


class TestForms:
    @pytest.mark.parametrize("encoder", ENCODERS)
    @quick
    @given(secret=NASTY)
    def test_a_secret_is_masked_in_each_form(self, encoder: str, secret: str) -> None:
        form = ENCODERS[encoder](secret)

        assert SecretMask(secret)(f"[{form}]") == "[****]"

    @pytest.mark.parametrize("before", ["", "u", "us", "user:"])
    def test_a_secret_within_a_longer_text_in_base64_is_masked(self, before: str) -> None:
        secret = "correct-horse-battery"
        encoded = base64.b64encode(f"{before}{secret}:more".encode()).decode()

        masked = SecretMask(secret)(encoded)

        assert "****" in masked
        # 21 bytes are 28 characters, of which the first has a neighbor's bits
        assert len(masked) <= len(encoded) - 27 + len("****")

    @pytest.mark.parametrize("secret", ["\ud83d-secret", "\udc80\udc80\udc80"])
    def test_half_a_surrogate_pair_is_masked_too(self, secret: str) -> None:
        assert SecretMask(secret)(f"[{json.dumps(secret)[1:-1]}]") == "[****]"

    def test_of_two_secrets_one_of_which_is_part_of_the_other_nothing_is_left(self) -> None:
        mask = SecretMask("horse", "horse-battery")

        assert mask("horse-battery and horse") == "**** and ****"

    def test_a_secret_may_be_added_later(self) -> None:
        mask = SecretMask("password-1")
        mask.add("session-7")

        assert mask("session-7, password-1") == "****, ****"

    @quick
    @given(st.text(st.sampled_from("xyz 123")))
    def test_other_text_stays_as_it_is(self, text: str) -> None:
        assert SecretMask("correct-horse", "ABCDEF")(text) == text

    def test_without_secrets_nothing_is_masked(self) -> None:
        assert SecretMask()("words") == "words"


class TestRegistering:
    @pytest.mark.parametrize("secret", ["P", "pay", "sign-in", "password", "organizations"])
    def test_a_secret_that_a_sentence_may_have_in_it_by_chance_is_not_registered(
        self, secret: str
    ) -> None:
        register_secrets([secret])
        register_secret(secret)

        assert filter_secrets(f"Check {secret}.") == f"Check {secret}."

    @pytest.mark.parametrize("secret", ["pa$sword", "01ABCDEF", "correcthorsebattery"])
    def test_any_other_is_masked_in_all_that_the_cdk_prints(self, secret: str) -> None:
        register_secrets([secret])

        assert filter_secrets(f"Got {secret}.") == "Got ****."
