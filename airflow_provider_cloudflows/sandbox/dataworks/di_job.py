"""Data integration jobs of DataWorks: shown, listed, started and stopped (2024-05-18).

Follows the models of the official SDK. Start and stop are GETs that have an effect, as there. A job that was started
goes by the course that the sandbox gave it (``courses.py``); one with a real-time part goes on for ever unless a course
says otherwise. ``Executions`` counts how often it was started.
"""

from __future__ import annotations

from typing import Any, NoReturn

from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.courses import COURSE, Script, begun, look, sight, stop
from airflow_provider_cloudflows.sandbox.dataworks import choices
from airflow_provider_cloudflows.sandbox.dataworks.answers import SERVICE, VERSION_2024, page
from airflow_provider_cloudflows.sandbox.dataworks.workspace import project_id
from airflow_provider_cloudflows.sandbox.operations import Birth, Call, Operation, Parameter, Resource, Words
from airflow_provider_cloudflows.sandbox.refusals import AlibabaRefusal, refuse
from airflow_provider_cloudflows.sandbox.state import Document, Store

WORDS = Words("Initialized", "Running", "Finished", "Failed", "Stopping", "Stopped", field="JobStatus")

_GOES_ON_FOR_EVER = ("FullAndRealtimeIncremental", "RealtimeIncremental")
_MIGRATIONS = (*_GOES_ON_FOR_EVER, "Full", "OfflineIncremental", "FullAndOfflineIncremental")
_SHOWN = ("JobName", "JobType", "MigrationType", "Owner", "ProjectId", "SourceDataSourceType")


def _born(birth: Birth) -> Document:
    return {
        "Id": birth.store.next_number("dataworks.di_job", choices.FIRST_IDS.value["DIJobId"]),
        "JobName": "",
        "JobType": "DatabaseOfflineMigration",
        "MigrationType": "Full",
        "SourceDataSourceType": "MySQL",
        "DestinationDataSourceType": "Hologres",
        "Owner": birth.account.id,
        "ProjectId": 0,
        "Executions": 0,
        "Settings": {},
        COURSE: {},
    }


RESOURCE = Resource("dataworks.di_job", "Id", _born, place="ProjectId", words=WORDS)


def seed(store: Store) -> None:
    """One job that comes to an end."""
    birth = Birth(store.of(world.ALIBABA_ACCOUNT.id), world.ALIBABA_ACCOUNT, store.now())
    job = {"Id": world.DATAWORKS_DI_JOB_ID, "JobName": "orders_to_lake", "ProjectId": world.DATAWORKS_PROJECT_ID}
    RESOURCE.insert(birth, job)


def get_di_job(call: Call) -> dict[str, Any]:
    """GetDIJob: what was stopped is ``Stop`` here."""
    job = _job(call, lagging=True)
    state = _looked_at(call, job)
    shown = _shown(job) | {"JobStatus": "Stop" if state == WORDS.stopped else state, "Description": ""}
    return {"PagingInfo": shown, "RequestId": call.request_id}


def list_di_jobs(call: Call) -> dict[str, Any]:
    """ListDIJobs: what was stopped is ``Stopped`` here."""
    sent, project = call.parameters, project_id(call, choices.NO_PROJECT_2024)
    found = [
        _shown(job) | {"JobStatus": _looked_at(call, job)}
        for job in reversed(call.listed(RESOURCE.kind, place=str(project)))
        if sent.get("Name", "") in job["JobName"]
        and sent.get("MigrationType", job["MigrationType"]) == job["MigrationType"]
    ]
    return {"PagingInfo": page(call, "DIJobs", found), "RequestId": call.request_id}


def list_run_details(call: Call) -> dict[str, Any]:
    """ListDIJobRunDetails: how far the only table of a job got."""
    job = _job(call, lagging=True)
    seen = sight(job[COURSE], WORDS, call.store.now()) if job[COURSE] else None
    table = {
        "SourceDatasourceName": job["SourceDataSourceType"].lower(),
        "SourceDatabaseName": "sandbox",
        "SourceTableName": job["JobName"],
        "DestinationTableName": job["JobName"],
        "StructureMigrationStatus": WORDS.good,
        "StructureMigrationErrorMessage": "",
        "FullMigrationStatus": WORDS.begun if seen is None else seen.state,
        "FullMigrationErrorMessage": seen.reason if seen is not None and seen.state == WORDS.bad else "",
    }
    return {"PagingInfo": page(call, "JobRunInfos", [table]), "RequestId": call.request_id}


def start_di_job(call: Call) -> dict[str, Any]:
    """StartDIJob: unless it runs."""
    job = _job(call)
    if job[COURSE] and not sight(job[COURSE], WORDS, call.store.now()).is_end:
        message = f"The data integration job {job['Id']} is running or being stopped."
        raise refuse(AlibabaRefusal, choices.DI_JOB_RUNS.value, message)
    for_ever = Script(ending="never") if job["MigrationType"] in _GOES_ON_FOR_EVER else None
    course = begun(call.store.now(), call.courses.take(RESOURCE.kind, job, for_ever))
    settings = call.parameters.get("RealtimeStartSettings", {})
    started = job | {COURSE: course, "Executions": job["Executions"] + 1, "Settings": settings}
    call.store.update(RESOURCE.kind, str(job["Id"]), started)
    return {"Success": True, "RequestId": call.request_id}


def stop_di_job(call: Call) -> dict[str, Any]:
    """StopDIJob: one that does not run stays as it is."""
    job = _job(call)
    if job[COURSE] and stop(call, RESOURCE, job) == "refused":
        message = f"The data integration job {job['Id']} cannot be stopped."
        raise refuse(AlibabaRefusal, choices.DI_JOB_NOT_STOPPED.value, message)
    return {"Success": True, "RequestId": call.request_id}


def _looked_at(call: Call, job: Document) -> str:
    return look(call, RESOURCE, job).state if job[COURSE] else WORDS.begun


def _shown(job: Document) -> Document:
    shown = {name: job[name] for name in (*_SHOWN, "DestinationDataSourceType")}
    return shown | {"Id": job["Id"], "DIJobId": job["Id"]}


def _job(call: Call, *, lagging: bool = False) -> Document:
    place = str(project_id(call, choices.NO_PROJECT_2024)) if "ProjectId" in call.parameters else None
    job_id = call.parameters.get("Id", call.parameters.get("DIJobId"))
    if job_id is None:
        raise refuse(AlibabaRefusal, choices.DI_JOB_UNSET.value, "Id is mandatory for this action.")
    read = call.read if lagging else call.store.get
    return read(RESOURCE.kind, str(job_id), place=place) or _missing(job_id)


def _missing(job_id: int) -> NoReturn:
    raise refuse(AlibabaRefusal, choices.NO_DI_JOB.value, f"The data integration job {job_id} does not exist.")


_IDS = (Parameter("Id", "query", "int64"), Parameter("DIJobId", "query", "int64"))
_PROJECT = Parameter("ProjectId", "query", "int64")

OPERATIONS = (
    Operation(
        SERVICE,
        "GetDIJob",
        "GET",
        VERSION_2024,
        get_di_job,
        (*_IDS, _PROJECT, Parameter("WithDetails", "query", "boolean")),
    ),
    Operation(
        SERVICE,
        "ListDIJobs",
        "GET",
        VERSION_2024,
        list_di_jobs,
        (
            Parameter("ProjectId", "query", "int64", required=True),
            Parameter("Name", "query"),
            Parameter("MigrationType", "query", among=_MIGRATIONS),
            Parameter("PageNumber", "query", "int32", minimum=1),
            Parameter("PageSize", "query", "int32", minimum=1, maximum=100),
        ),
    ),
    Operation(
        SERVICE,
        "ListDIJobRunDetails",
        "GET",
        VERSION_2024,
        list_run_details,
        (
            Parameter("DIJobId", "query", "int64", required=True),
            Parameter("InstanceId", "query", "int64"),
            Parameter("PageNumber", "query", "int32", minimum=1),
            Parameter("PageSize", "query", "int32", minimum=1, maximum=100),
        ),
    ),
    Operation(
        SERVICE,
        "StartDIJob",
        "GET",
        VERSION_2024,
        start_di_job,
        (
            *_IDS,
            Parameter("ForceToRerun", "query", "boolean"),
            Parameter("RealtimeStartSettings", "query", "json object"),
        ),
    ),
    Operation(
        SERVICE,
        "StopDIJob",
        "GET",
        VERSION_2024,
        stop_di_job,
        (*_IDS, Parameter("InstanceId", "query", "int64")),
    ),
)
