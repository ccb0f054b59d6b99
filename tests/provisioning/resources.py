"""The five resources as one table, and clients of the sandbox: what every test of the create protocol starts from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from airflow_provider_cloudflows.auth.alibaba.acs3 import Acs3Signer
from airflow_provider_cloudflows.auth.base import AccessKey
from airflow_provider_cloudflows.auth.huawei.project import KnownProject
from airflow_provider_cloudflows.auth.huawei.sdk_hmac import SdkHmacSigner
from airflow_provider_cloudflows.calls.client import CloudClient
from airflow_provider_cloudflows.calls.endpoints import Endpoints
from airflow_provider_cloudflows.calls.models import Document
from airflow_provider_cloudflows.calls.resource import Creation
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.services.bpstudio.create_task import CreateTask
from airflow_provider_cloudflows.services.dataworks.create_business import CreateBusiness
from airflow_provider_cloudflows.services.dataworks.create_data_service_group import CreateDataServiceGroup
from airflow_provider_cloudflows.services.fabric.create_workspace import CreateWorkspace
from airflow_provider_cloudflows.services.secmaster.create_workflow import CreateWorkflow
from airflow_provider_cloudflows.transport.client import Transport, TransportSettings

__all__ = ["RESOURCES", "DictStore", "Resource", "client", "close_clients"]

WORKSPACE = world.SECMASTER_WORKSPACE_ID


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of resource.

    :param operation: the create's name on the wire, as the sandbox knows it.
    :param cloud: whose key creates it.
    :param kind: how the sandbox files it.
    :param id_field: where the sandbox keeps its id.
    :param name_field: where the sandbox keeps its name.
    :param request: makes the create request for a name, with other parameters where given.
    :param findable: the service lists it.
    """

    operation: str
    cloud: str
    kind: str
    id_field: str
    name_field: str
    request: Callable[..., Creation[Any]]
    findable: bool = True

    def __str__(self) -> str:
        return self.operation


def _business(name: str, **more: Any) -> CreateBusiness:
    return CreateBusiness(project_id=world.DATAWORKS_PROJECT_ID, business_name=name, **more)


def _group(name: str, description: str = "made by a test", **more: Any) -> CreateDataServiceGroup:
    return CreateDataServiceGroup(
        project_id=world.DATAWORKS_PROJECT_ID,
        api_gateway_group_id=world.API_GATEWAY_GROUP_ID,
        group_name=name,
        description=description,
        **more,
    )


def _task(name: str, **more: Any) -> CreateTask:
    return CreateTask(
        task_name=name, app_id=world.BPSTUDIO_APPLICATION_ID, process_id=world.BPSTUDIO_PROCESS_ID, **more
    )


def _workflow(name: str, **more: Any) -> CreateWorkflow:
    dataclass_id = world.SECMASTER_DATACLASS_IDS[WORKSPACE]["Alert"]
    return CreateWorkflow(workspace_id=WORKSPACE, name=name, aop_type="NORMAL", dataclass_id=dataclass_id, **more)


def _workspace(name: str, **more: Any) -> CreateWorkspace:
    return CreateWorkspace(name=name, **more)


BUSINESS = Resource("CreateBusiness", "alibaba", "dataworks.business", "BusinessId", "BusinessName", _business)
GROUP = Resource("CreateDataServiceGroup", "alibaba", "dataworks.group", "GroupId", "GroupName", _group)
TASK = Resource("CreateTask", "alibaba", "bpstudio.task", "Id", "Name", _task, findable=False)
WORKFLOW = Resource("CreateWorkflow", "huawei", "secmaster.workflow", "id", "name", _workflow)
FABRIC_WORKSPACE = Resource("CreateWorkspace", "huawei", "fabric.workspace", "id", "name", _workspace)

RESOURCES = [BUSINESS, GROUP, TASK, WORKFLOW, FABRIC_WORKSPACE]


class DictStore:
    """An intent store that counts what is written, and can refuse to."""

    def __init__(self) -> None:
        self.intent: Document | None = None
        self.writes: list[Document] = []
        self.broken = False

    def read(self) -> Document | None:
        return self.intent

    def write(self, intent: Document) -> None:
        if self.broken:
            raise OSError("the store is down")
        self.intent = intent
        self.writes.append(intent)

    def forget_answer(self) -> None:
        """Go back to where the create has left and its answer was not read: the worker was killed."""
        assert self.intent is not None
        self.intent = {**self.intent, "resource_id": None, "how": None, "born": None}


_opened: list[Transport] = []


def close_clients() -> None:
    """Close the connections of every client made so far."""
    while _opened:
        _opened.pop().close()


def client(cloud: str, url: str, *, timeout: float = 10.0) -> CloudClient:
    """A client of the sandbox at ``url``."""
    transport = Transport(TransportSettings(timeout=timeout))
    _opened.append(transport)
    if cloud == "alibaba":
        key = AccessKey(world.ALIBABA_KEY.id, world.ALIBABA_KEY.secret)
        return CloudClient(transport, Endpoints(region="cn-hangzhou", everywhere=url), Acs3Signer(key))
    key = AccessKey(world.HUAWEI_KEY.id, world.HUAWEI_KEY.secret)
    endpoints = Endpoints(region=world.HUAWEI_REGION, everywhere=url)
    return CloudClient(transport, endpoints, SdkHmacSigner(key), KnownProject(world.HUAWEI_PROJECT_ID))
