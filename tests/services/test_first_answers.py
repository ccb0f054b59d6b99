"""Two threads that read their first answers of one kind at the same time get what is in them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, ClassVar

import pytest

from airflow_provider_cloudflows.calls.answers import RpcResponse
from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.reading import result_of
from airflow_provider_cloudflows.hooks.alibaba import AlibabaCloudHook
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.services.dataworks.service import WorkspaceRequest
from airflow_provider_cloudflows.transport.effect import Effect
from airflow_provider_cloudflows.transport.message import Reply


def new_kind() -> tuple[Any, Any]:
    """A request and its answer that nobody has read yet."""

    class Made(RpcResponse):
        made_id: int

    class Make(WorkspaceRequest, Call[Made]):
        operation: ClassVar[str] = "Make"
        effect: ClassVar[Effect] = Effect.READ

    return Make, Made


@pytest.mark.parametrize("first_is", ["an answer", "the preparation of a call on an event loop"])
def test_a_model_that_is_being_built_is_waited_for(
    first_is: str, connections: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As pydantic 2.11 builds it: the validator is gone meanwhile, and that of the parent class shines through."""
    RpcResponse.model_rebuild()
    make, made = new_kind()
    is_at_it, second_is_read, is_gone, third_is_read = (threading.Event() for _ in range(4))
    rebuild = made.model_rebuild

    def rebuild_slowly(**how: Any) -> Any:
        if not is_at_it.is_set():
            is_at_it.set()
            second_is_read.wait(0.5)
            del made.__pydantic_validator__
            is_gone.set()
            third_is_read.wait(0.5)
        return rebuild(**how)

    monkeypatch.setattr(made, "model_rebuild", rebuild_slowly)
    reply = Reply(200, {}, b'{"RequestId": "r", "MadeId": 7}')
    request = make(project_id=1)
    with AlibabaCloudHook() as hook, ThreadPoolExecutor(3) as pool:
        hook.get_conn()
        build = partial(result_of, request, reply) if first_is == "an answer" else partial(hook._warm_up, make)
        first = pool.submit(build)
        assert is_at_it.wait(10)
        second = pool.submit(result_of, request, reply)
        second.add_done_callback(lambda _: second_is_read.set())
        assert is_gone.wait(10)
        third = pool.submit(result_of, request, reply)
        third.add_done_callback(lambda _: third_is_read.set())
        first.result(10)
        assert [one.result(10).made_id for one in (second, third)] == [7, 7]
