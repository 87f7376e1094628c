"""A database has the data of one organization, because rows do not say whose they are."""

from sync_tool.destinations import Destination, DestinationError

_SETTING = "organization_id"


def claim(destination: Destination, organization_id: str) -> None:
    """Remember the organization at the next commit.

    Raises:
        DestinationError: the database has the data of another organization.
    """
    owner = destination.settings().get(_SETTING, organization_id)
    if owner != organization_id:
        raise DestinationError(
            f"{destination.name} has the data of organization {owner}, and the configuration reads "
            f"{organization_id}. Sync each organization into its own database."
        )
    destination.save_settings({_SETTING: organization_id})
