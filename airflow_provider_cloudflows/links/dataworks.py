"""Links into DataWorks. The vendor publishes no address of a single workflow or group, so they open the workspace."""

from __future__ import annotations

from airflow_provider_cloudflows.links.base import ConsoleLink

__all__ = ["DataServiceLink", "DataStudioLink", "OperationCenterLink"]


class DataStudioLink(ConsoleLink):
    """DataStudio of the workspace."""

    name = "DataStudio"

    @staticmethod
    def url(region: str | None, project_id: int | None) -> str:
        """Return the address, or an empty text when the workspace is known by its name only."""
        if not region or project_id is None:
            return ""
        return f"https://ide2-{region}.data.aliyun.com/?defaultProjectId={project_id}"


class DataServiceLink(ConsoleLink):
    """DataService Studio of the region."""

    name = "DataService Studio"

    @staticmethod
    def url(region: str | None) -> str:
        """Return the address, or an empty text without a region."""
        return f"https://ds-{region}.data.aliyun.com/" if region else ""


class OperationCenterLink(ConsoleLink):
    """Operation Center of the workspace, which shows its runs."""

    name = "Operation Center"

    @staticmethod
    def url(region: str | None, project_id: int | None) -> str:
        """Return the address, or an empty text when the workspace is known by its name only."""
        if not region or project_id is None:
            return ""
        return f"https://workbench2-{region}.data.aliyun.com/?defaultProjectId={project_id}"
