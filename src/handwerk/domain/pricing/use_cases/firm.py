"""What every price begins with: the firm's settings."""

from handwerk.domain.pricing.ports import (
    CurrentSettings,
)
from handwerk.domain.settings.errors import NoSettings
from handwerk.domain.settings.model import FirmSettings


async def firm_settings(settings: CurrentSettings) -> FirmSettings:
    """The settings; `NoSettings` before the first start has made them."""
    current = await settings.current()
    if current is None:
        raise NoSettings
    return current
