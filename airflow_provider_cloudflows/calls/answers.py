"""What every answer of either cloud is made of. No DAG file reads one, so they are apart from the requests."""

from __future__ import annotations

from typing import ClassVar

from pydantic import ConfigDict, Field

from airflow_provider_cloudflows.calls.models import Wire
from airflow_provider_cloudflows.calls.rpc import pascal_case

__all__ = ["Response", "RpcModel", "RpcResponse"]


class Response(Wire):
    """What a cloud answers.

    :param request_id: the vendor's id of the call.
    """

    list_field: ClassVar[str | None] = None
    """Where the items of an answer go that is a JSON list; None where a list is no answer of the operation."""

    request_id: str | None = Field(default=None, repr=False)


class RpcModel(Wire):
    """Python names are the snake_case of the wire's PascalCase names."""

    model_config = ConfigDict(alias_generator=pascal_case)


class RpcResponse(RpcModel, Response):
    """An answer in Alibaba's spelling."""
