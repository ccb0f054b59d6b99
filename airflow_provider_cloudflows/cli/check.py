"""Checks a connection from the command line and prints what a person needs to know before a DAG relies on it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from typing import Any

from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.client import CloudClient
from airflow_provider_cloudflows.errors import (
    CloudError,
    CloudflowsError,
    ConfigurationError,
    ConnectionFailed,
    NoAnswer,
    ServerError,
    Throttled,
)
from airflow_provider_cloudflows.forms import ALIBABA_TYPE, EXISTING_ALIBABA_TYPE, EXISTING_HUAWEI_TYPE, HUAWEI_TYPE
from airflow_provider_cloudflows.hooks.alibaba import AlibabaCloudHook
from airflow_provider_cloudflows.hooks.base import CloudHook
from airflow_provider_cloudflows.hooks.huawei import HuaweiCloudHook
from airflow_provider_cloudflows.services import iam, sts
from airflow_provider_cloudflows.services.bpstudio import task as bpstudio_task
from airflow_provider_cloudflows.services.dataworks import project as dataworks_project
from airflow_provider_cloudflows.services.fabric import job_run as fabric_job_run
from airflow_provider_cloudflows.services.fabric import workspace as fabric_workspace
from airflow_provider_cloudflows.services.secmaster import workspace as secmaster_workspace

__all__ = ["check"]

HOOKS: dict[str, Callable[..., CloudHook]] = {
    ALIBABA_TYPE: AlibabaCloudHook,
    HUAWEI_TYPE: HuaweiCloudHook,
    EXISTING_ALIBABA_TYPE: AlibabaCloudHook,
    EXISTING_HUAWEI_TYPE: HuaweiCloudHook,
}

NO_FAULT_OF_THE_CREDENTIAL = (ConnectionFailed, NoAnswer, ServerError, Throttled)
NOT_REACHED = (ConfigurationError, *NO_FAULT_OF_THE_CREDENTIAL)

PROBES: dict[type[CloudHook], dict[str, Call[Any]]] = {
    AlibabaCloudHook: {
        "sts": sts.GetAlibabaCallerIdentity(),
        "dataworks": dataworks_project.ListProjects(page_size=1),
        # BPStudio lists no tasks: asking for one that is not there shows as well that the service answers.
        "bpstudio": bpstudio_task.GetTask(task_id=1),
    },
    HuaweiCloudHook: {
        "sts": sts.GetHuaweiCallerIdentity(),
        "iam": iam.ListAuthProjects(),
        "secmaster": secmaster_workspace.ListWorkspaces(limit=1),
        "fabric": fabric_workspace.ListWorkspaces(limit=1),
        # Runs are listed by their workspace: asking for those of one that is not there shows as well that it answers.
        "fabric_ep": fabric_job_run.ListJobRuns(workspace_id="0", limit=1),
    },
}
"""One cheap read of each service; what it answers does not matter, only that it does."""


def check(conn_id: str, services: Iterable[str], region: str | None, timeout: float) -> bool:
    """Print who the connection ``conn_id`` makes its user and whether its services answer.

    :param services: names of the services to ask; all of the cloud when empty.
    :param region: region id; stronger than the connection's.
    :param timeout: seconds that each service may take.
    :returns: True if the credential was accepted and every service answered.
    """
    # The connection is looked for where Airflow's server looks: in secrets backends, the environment, the database.
    os.environ["_AIRFLOW_PROCESS_CONTEXT"] = "server"
    try:
        hook = hook_for(conn_id, region)
        probes = chosen(PROBES[type(hook)], list(services))
        client = hook.get_conn()
    except CloudflowsError as error:
        print(f"FAILED  {error}")
        return False
    print(f"Connection  {conn_id} ({hook.connection_type()}), region {client.endpoints.region or 'none'}")
    failure = print_identity(hook)
    print("Services")
    quick = CloudClient(client.transport, client.endpoints, client.signer, client.project, timeout=timeout)
    spared = reason_to_spare(hook, failure)
    reached = [print_service(quick, name, probe, spared(name)) for name, probe in probes.items()]
    hook.close()
    return failure is None and all(reached)


def reason_to_spare(hook: CloudHook, failure: CloudflowsError | None) -> Callable[[str], str | None]:
    """Return what tells, for the name of a service, why it is not to be asked, or None."""
    if failure is not None and not isinstance(failure, NO_FAULT_OF_THE_CREDENTIAL):
        # Asking on with a wrong password would lock the user.
        return lambda name: "the caller is not known"
    if hook.uses_token():
        return lambda name: "a token proves itself to IAM" if name == "sts" else None
    return lambda name: None


def hook_for(conn_id: str, region: str | None) -> CloudHook:
    """Return the hook for the type of the connection."""
    found = AlibabaCloudHook(conn_id).connection_type()
    if found not in HOOKS:
        raise ConfigurationError(
            f"The connection {conn_id!r} has the type {found!r}, which is none of {', '.join(HOOKS)}; name another one."
        )
    return HOOKS[found](conn_id, region=region)


def chosen(probes: dict[str, Call[Any]], services: list[str]) -> dict[str, Call[Any]]:
    """Return the probes of ``services``, or all."""
    unknown = [name for name in services if name not in probes]
    if unknown:
        raise ConfigurationError(f"There is no service {unknown[0]!r} here; choose among {', '.join(probes)}.")
    return {name: probe for name, probe in probes.items() if not services or name in services}


def print_identity(hook: CloudHook) -> CloudflowsError | None:
    """Print who the caller is, or why nobody knows, which is returned."""
    try:
        caller = hook.caller()
    except CloudflowsError as error:
        print(f"Caller      FAILED  {error}")
        return error
    print(f"Caller      {caller.principal} ({caller.account})")
    print(f"Asked       {caller.asked}")
    print(f"Credential  {caller.source}, {caller.expiry()}")
    print(f"Clock       {caller.clock()}")
    return None


def print_service(client: CloudClient, name: str, probe: Call[Any], spared: str | None) -> bool:
    """Print where a service is, whether it answers and how fast.

    :param spared: why it is not asked, or None to ask it.
    """
    try:
        origin = client.endpoints.origin(probe.service)
    except ConfigurationError as error:
        print(f"  {name:<11}no address  {error}")
        return False
    if spared:
        print(f"  {name:<11}{origin}  not asked: {spared}")
        return True
    started = time.monotonic()
    try:
        client.call(probe)
        said = "answers"
    except NOT_REACHED as error:
        print(f"  {name:<11}{origin}  NOT REACHED  {error}")
        return False
    except CloudError as error:
        said = f"answers {probe.operation} with {error.code or error.status}"
    except CloudflowsError as error:
        print(f"  {name:<11}{origin}  FAILED  {error}")
        return False
    print(f"  {name:<11}{origin}  {said}, after {(time.monotonic() - started) * 1000:.0f} ms")
    return True
