"""The values that request fields accept.

Some of these lists are complete [CODE TM, DOC]. The others hold only the values that have been
seen, so BILL may accept a value that is refused here.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def _values(text: str) -> tuple[str, ...]:
    return tuple(text.split())


ACCOUNT_TYPES = _values("BUSINESS PERSON NONE UNDEFINED")  # [TM]
PERIODS = _values("NONE DAILY WEEKLY MONTHLY YEARLY")
VENDOR_ENUMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "accountType": ACCOUNT_TYPES,
        "paymentInformation.payByType": _values(
            "ACH CHECK INTERNATIONAL_E_PAYMENT OFFLINE RPPS UNDEFINED VIRTUAL_CARD WALLET"
        ),  # [TM]
        "paymentInformation.payBySubType": _values(
            "ACH IACH LOCAL MULTIPLE NONE UNDEFINED WIRE"
        ),  # [TM]
        "paymentInformation.bankAccount.type": _values("CHECKING SAVINGS"),
        "paymentInformation.bankAccount.ownerType": _values("BUSINESS PERSON"),
        "additionalInfo.taxIdType": _values("EIN SSN UNDEFINED"),  # [TM]
    }
)
ACCOUNT_KINDS = _values(
    "UNSPECIFIED ACCOUNTS_PAYABLE ACCOUNTS_RECEIVABLE BANK COST_OF_GOODS_SOLD CREDIT_CARD EQUITY"
    " EXPENSE FIXED_ASSET INCOME LONG_TERM_LIABILITY OTHER_ASSET OTHER_CURRENT_ASSET"
    " OTHER_CURRENT_LIABILITY OTHER_EXPENSE OTHER_INCOME NON_POSTING"
)
"""Types of accounts: those of the v2 API [DOC v2], with their v3 names [CODE AK]."""
ITEM_KINDS = _values(
    "INVENTORY NON_INVENTORY SERVICE OTHER_CHARGE PAYMENT FIXED_ASSET SALES_TAX SALES_TAX_GROUP"
)
"""Types of items: those in the examples [DOC PM], and two by analogy [INFER]."""
