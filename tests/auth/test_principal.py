"""Who the clouds' lists show as a creator, when that is this caller: against the sandbox, with its keys."""

from __future__ import annotations

import pytest

from airflow_provider_cloudflows.hooks.alibaba import AlibabaCloudHook
from airflow_provider_cloudflows.hooks.base import CloudHook
from airflow_provider_cloudflows.hooks.huawei import HuaweiCloudHook
from airflow_provider_cloudflows.provisioning.provisioner import Provisioner
from airflow_provider_cloudflows.sandbox.app import Running
from tests.provisioning.resources import FABRIC_WORKSPACE, GROUP, WORKFLOW, Resource


@pytest.mark.parametrize("resource", [GROUP, WORKFLOW, FABRIC_WORKSPACE], ids=str)
def test_what_a_user_made_shows_that_user(resource: Resource, connections: Running) -> None:
    hook: CloudHook = AlibabaCloudHook() if resource.cloud == "alibaba" else HuaweiCloudHook()
    client = hook.get_conn()
    request = resource.request("orders-1")
    made = Provisioner(client, settle=0.0).ensure(request)
    item = client.call(request.resource().reading(made.resource_id))
    shown = request.resource().item_of(item, made.resource_id)
    assert client.principal is not None
    assert client.transport.run(client.principal(client)) & request.resource().creators(shown)
    hook.close()
