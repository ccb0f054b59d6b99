"""What every operator of SecMaster has: a workspace, and the project that it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_cloudflows.base_errors import InvalidParameter
from airflow_provider_cloudflows.operators.base import HuaweiOperator

if TYPE_CHECKING:
    from airflow_provider_cloudflows.hooks.huawei import HuaweiCloudHook

__all__ = ["SecMasterOperator"]


class SecMasterOperator(HuaweiOperator):
    """Works in a SecMaster workspace.

    :param workspace_id: the workspace; by default the connection's.
    :param project_id: project; by default the connection's, else the region's, which IAM is asked for.
    """

    def __init__(self, *, workspace_id: str | None = None, project_id: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.workspace_id = workspace_id
        self.project_id = project_id

    def place(self, hook: HuaweiCloudHook) -> dict[str, Any]:
        """Return where the operator works.

        :raises InvalidParameter: neither the task nor the connection names a workspace.
        """
        workspace_id = self.workspace_id or hook.workspace_id
        if not workspace_id:
            raise InvalidParameter(
                f"{self._where()} knows no SecMaster workspace; pass workspace_id or set it in the connection."
            )
        return {"workspace_id": workspace_id, "project_id": self.project_id}
