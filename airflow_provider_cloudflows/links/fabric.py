"""Link to DataArts Fabric. The vendor documents the console's root only."""

from __future__ import annotations

from airflow_provider_cloudflows.links.base import ConsoleLink

__all__ = ["FabricConsoleLink"]


class FabricConsoleLink(ConsoleLink):
    """The DataArts Fabric console."""

    name = "DataArts Fabric console"

    @staticmethod
    def url() -> str:
        """Return the address of the console."""
        return "https://console.huaweicloud.com/fabric/"
