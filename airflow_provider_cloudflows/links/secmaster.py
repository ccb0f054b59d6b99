"""Link to SecMaster. The vendor documents menu paths only; the address follows its documented pattern for Fabric."""

from __future__ import annotations

from airflow_provider_cloudflows.links.base import ConsoleLink

__all__ = ["SecMasterConsoleLink"]


class SecMasterConsoleLink(ConsoleLink):
    """The SecMaster console; from there: Workspaces, the workspace, Security Orchestration, Playbooks, Workflows."""

    name = "SecMaster console"

    @staticmethod
    def url() -> str:
        """Return the address of the console."""
        return "https://console.huaweicloud.com/secmaster/"
