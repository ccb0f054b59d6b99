"""Two threads that read their first answers of one kind at the same time get what is in them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

import pytest

from airflow_provider_cloudflows.calls.answers import RpcResponse
from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.reading import result_of
from airflow_provider_cloudflows.services.dataworks.service import WorkspaceRequest
from airflow_provider_cloudflows.transport.effect import Effect
from airflow_provider_cloudflows.transport.message import Reply


class Made(RpcResponse):
    made_id: int


class Make(WorkspaceRequest, Call[Made]):
    operation: ClassVar[str] = "Make"
    effect: ClassVar[Effect] = Effect.READ


def test_a_model_that_is_being_built_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """As pydantic 2.11 builds it: the validator is gone meanwhile, and that of the parent class shines through."""
    RpcResponse.model_rebuild()
    is_gone, is_read = threading.Event(), threading.Event()
    rebuild = Made.model_rebuild

    def rebuild_slowly(**how: Any) -> bool | None:
        if not is_gone.is_set():
            del Made.__pydantic_validator__
            is_gone.set()
            is_read.wait(0.5)
        return rebuild(**how)

    monkeypatch.setattr(Made, "model_rebuild", rebuild_slowly)
    request = Make(project_id=1)
    reply = Reply(200, {}, b'{"RequestId": "r", "MadeId": 7}')
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(result_of, request, reply)
        assert is_gone.wait(10)
        second = pool.submit(result_of, request, reply)
        second.add_done_callback(lambda _: is_read.set())
        assert [one.result(10).made_id for one in (first, second)] == [7, 7]
