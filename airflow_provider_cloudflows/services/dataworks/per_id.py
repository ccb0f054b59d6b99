"""The answer of a DataWorks call that does something to many ids: HTTP 200, and a result for each id."""

from __future__ import annotations

from pydantic import Field

from airflow_provider_cloudflows.calls.answers import RpcModel, RpcResponse

__all__ = ["PerIdResponse"]


class IdResult(RpcModel):
    """What became of one id."""

    success: bool | None = None
    message: str | None = None


class PerIdResponse(RpcResponse):
    """:param success_info: what became of each id."""

    success_info: dict[str, IdResult] = Field(default_factory=dict)

    def refused(self, ids: list[int]) -> dict[int, str]:
        """Return why not, by id, for those of ``ids`` that the service did not report as done."""
        unknown = IdResult(message="the answer does not name it")
        results = {number: self.success_info.get(str(number), unknown) for number in ids}
        return {number: one.message or "no reason given" for number, one in results.items() if not one.success}
