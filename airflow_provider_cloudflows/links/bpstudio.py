"""Link into BPStudio. The address pattern is seen in public test data only, not in the vendor's documentation."""

from __future__ import annotations

from urllib.parse import quote

from airflow_provider_cloudflows.links.base import ConsoleLink

__all__ = ["BPStudioApplicationLink"]


class BPStudioApplicationLink(ConsoleLink):
    """The application that the task belongs to."""

    name = "BPStudio application"

    @staticmethod
    def url(app_id: str | None) -> str:
        """Return the address of the application, or an empty text where it is not known."""
        if not app_id:
            return ""
        return f"https://bpstudio.console.aliyun.com/bpStudio/topo?AppId={quote(app_id, safe='')}"
