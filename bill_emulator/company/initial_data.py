"""Generates what exists before the first bill: organization, chart of accounts, classifications."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bill_emulator.company.chart import Chart, generate_chart
from bill_emulator.company.classifications import Classifications, generate_classifications
from bill_emulator.company.users_and_accounts import Organization, generate_organization

if TYPE_CHECKING:
    from bill_emulator.company.context import Context, Row


@dataclass(frozen=True)
class Setup:
    """The data that vendors, customers and documents refer to."""

    context: Context
    organization: Organization
    chart: Chart
    classifications: Classifications

    @property
    def lists(self) -> dict[str, list[Row]]:
        """Return the lists generated so far."""
        return {
            "chart_of_accounts": self.chart.rows,
            "users": self.organization.users,
            "roles": self.organization.roles,
            "bank_accounts": self.organization.bank_accounts,
            **self.classifications.lists,
        }


def generate_setup(context: Context) -> Setup:
    """Generate the organization, its chart of accounts and its classifications."""
    chart = generate_chart(context)
    organization = generate_organization(context, chart.banks)
    return Setup(context, organization, chart, generate_classifications(context, chart))
