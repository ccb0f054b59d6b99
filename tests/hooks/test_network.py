"""How a hook shares, closes and first opens its connections, and what the network does to a call."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import subprocess
import sys
import textwrap
import weakref
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import suppress

import pytest

from airflow_provider_cloudflows.auth.huawei import project
from airflow_provider_cloudflows.calls.answers import Response
from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.errors import ConfigurationError, NotFound
from airflow_provider_cloudflows.hooks.alibaba import AlibabaCloudHook
from airflow_provider_cloudflows.hooks.base import CloudHook
from airflow_provider_cloudflows.hooks.huawei import HuaweiCloudHook
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.services.dataworks.business import GetBusiness
from airflow_provider_cloudflows.services.dataworks.create_business import CreateBusiness
from airflow_provider_cloudflows.services.fabric.create_workspace import CreateWorkspace
from airflow_provider_cloudflows.services.fabric.workspace import ListWorkspaces
from tests.airflow_versions import READS_CONNECTIONS_IN_TASKS_ONLY
from tests.conftest import SetConnection
from tests.hooks.conftest import MakeAlibaba
from tests.transport.servers import Answer, connections_to, http_script, serving

PROJECT = world.DATAWORKS_PROJECT_ID


pytestmark = pytest.mark.usefixtures("no_hook_of_earlier_tests")


@pytest.fixture
def clients(connections: Running) -> Callable[[], int]:
    """Counts the connections to the sandbox that this process has open, but for those to an earlier server."""
    port = int(connections.url.rpartition(":")[2])
    earlier = connections_to(port)
    return lambda: len(connections_to(port) - earlier)


def create(name: str) -> CreateBusiness:
    return CreateBusiness(project_id=PROJECT, business_name=name)


def test_two_hundred_finished_triggers_hold_no_socket(clients: Callable[[], int]) -> None:
    read = GetBusiness(project_id=PROJECT, business_id=AlibabaCloudHook().call(create("once")).business_id)

    async def trigger() -> None:
        async with AlibabaCloudHook() as hook:
            await hook.acall(read)

    async def triggerer() -> int:
        before = clients()
        for _ in range(10):
            await asyncio.gather(*(trigger() for _ in range(20)))
        return clients() - before

    assert asyncio.run(triggerer()) == 0


def test_a_closed_hook_works_again(clients: Callable[[], int]) -> None:
    with AlibabaCloudHook() as hook:
        first = hook.call(create("first")).business_id
    assert clients() == 0
    with hook:
        assert hook.call(create("second")).business_id != first
    assert clients() == 0


def test_a_hook_that_was_closed_on_an_event_loop_works_again(clients: Callable[[], int]) -> None:
    async def conversation() -> None:
        async with AlibabaCloudHook() as hook:
            first = (await hook.acall(create("first"))).business_id
        assert clients() == 0
        assert (await hook.acall(create("second"))).business_id != first
        await hook.aclose()
        assert clients() == 0

    asyncio.run(conversation())


@pytest.mark.parametrize(
    ("cloud", "read"),
    [(AlibabaCloudHook, GetBusiness(project_id=PROJECT, business_id=1)), (HuaweiCloudHook, ListWorkspaces())],
)
def test_a_hook_that_nobody_uses_any_more_is_gone_at_once(
    cloud: Callable[[], CloudHook], read: Call[Response], clients: Callable[[], int]
) -> None:
    hook = cloud()
    client = hook.get_conn()
    assert client.principal is not None
    client.transport.run(client.scope(read))
    client.transport.run(client.principal(client))
    with suppress(NotFound):
        hook.call(read)
    assert clients() == 1
    remembered = weakref.ref(client.transport)
    gc.disable()
    try:
        del hook, client
        # No ring of references keeps it until somebody looks for garbage.
        assert remembered() is None
    finally:
        gc.enable()


_hook: dict[str, AlibabaCloudHook] = {}


def _create_and_read(name: str) -> bool:
    created = _hook["hook"].call(create(name))
    read = _hook["hook"].call(GetBusiness(project_id=PROJECT, business_id=created.business_id))
    return read.data.business_name == name


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_thread_pool_and_a_process_pool_on_one_hook_get_their_own_answers(alibaba: MakeAlibaba) -> None:
    _hook["hook"] = alibaba()
    assert _create_and_read("before")
    fork = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(3, mp_context=fork) as processes, ThreadPoolExecutor(3) as threads:
        theirs = [processes.submit(_create_and_read, f"process_{number}") for number in range(24)]
        ours = [threads.submit(_create_and_read, f"thread_{number}") for number in range(24)]
        assert all(answer.result(60) for answer in [*theirs, *ours])


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_child_waits_for_no_look_up_of_its_parent(set_connection: SetConnection, sandbox: Running) -> None:
    extra = {"region": world.HUAWEI_REGION, "endpoint": sandbox.url}
    key = world.HUAWEI_KEY
    set_connection("forked", conn_type="cloudflows_huawei", login=key.id, password=key.secret, extra=extra)
    hook = HuaweiCloudHook("forked")
    hook.get_conn()
    assert hook._kept is not None
    _forked["hook"] = hook
    # The locks are held as other threads may hold them at that moment.
    with project._lock, hook._kept._lock, multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply_async(_make_workspace).get(30)
    hook.close()


_forked: dict[str, HuaweiCloudHook] = {}


def _make_workspace() -> bool:
    return bool(_forked["hook"].call(CreateWorkspace(name="forked")).id)


def test_a_proxy_that_wants_another_login_is_asked_once(alibaba: MakeAlibaba) -> None:
    with serving(http_script(lambda _: Answer(status=407))) as proxy:
        hook = alibaba(proxy=f"http://user:pa55@127.0.0.1:{proxy.port}")
        with pytest.raises(ConfigurationError, match=r"HTTP 407.*correct user and password in Proxy") as caught:
            hook.call(GetBusiness(project_id=PROJECT, business_id=1))
        assert "pa55" not in str(caught.value)
        assert len(proxy.requests) == 1


FIRST_CALL = """
    import asyncio, sys, time
    from airflow_provider_cloudflows.hooks.alibaba import AlibabaCloudHook
    from airflow_provider_cloudflows.services.dataworks.create_business import CreateBusiness

    async def main():
        worst, over = 0.0, False

        async def watch():
            nonlocal worst
            while not over:
                # Processor time of the loop's thread: what else the machine does is no fault of the loop.
                started = time.thread_time()
                await asyncio.sleep(0.001)
                worst = max(worst, time.thread_time() - started)

        await AlibabaCloudHook.aget_connection("alibabacloud_default")  # Airflow's own first time
        request = CreateBusiness(project_id=int(sys.argv[1]), business_name="first_on_the_loop")
        watcher = asyncio.create_task(watch())
        async with AlibabaCloudHook() as hook:
            assert (await hook.acall(request)).business_id
        over = True
        await watcher
        print(worst * 1000)

    asyncio.run(main())
"""


@pytest.mark.skipif(READS_CONNECTIONS_IN_TASKS_ONLY, reason="the script is no task, and this Airflow asks for one")
def test_the_first_call_does_not_hold_up_the_event_loop(connections: Running) -> None:
    program = [sys.executable, "-c", textwrap.dedent(FIRST_CALL), str(PROJECT)]
    done = subprocess.run(program, capture_output=True, text=True, check=True, timeout=120)
    assert float(done.stdout.split()[-1]) < 25, f"{done.stdout} milliseconds at a stretch; {done.stderr}"
