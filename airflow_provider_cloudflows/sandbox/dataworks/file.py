"""Files of the older DataStudio, and their deployments: created, changed, submitted, deployed, shown and deleted.

Follows the models of the official SDK of 2020-05-18. A submit and a deploy begin a deployment each, which goes by the
course that the sandbox gave it (``courses.py``); rules match its ``Step``, ``submit`` or ``deploy``. A rule's
``unknown`` may be ``7`` or ``8``, the numbers of a check that failed and of one that goes on.
"""

from __future__ import annotations

from typing import Any, NoReturn

from airflow_provider_cloudflows.sandbox.courses import COURSE, Script, Sight, begin, begun, look
from airflow_provider_cloudflows.sandbox.dataworks import choices
from airflow_provider_cloudflows.sandbox.dataworks.answers import SERVICE, VERSION, milliseconds, page, succeeded
from airflow_provider_cloudflows.sandbox.dataworks.workspace import ID_OR_IDENTIFIER, project_id
from airflow_provider_cloudflows.sandbox.operations import Birth, Call, Operation, Parameter, Resource, Words
from airflow_provider_cloudflows.sandbox.refusals import AlibabaRefusal, refuse
from airflow_provider_cloudflows.sandbox.state import Document

WORDS = Words("0", "0", "1", "2", field="Status")

_CHECKS = ("7", "8")
_SCHEDULE = {
    "AdvancedSettings": "string",
    "ApplyScheduleImmediately": "boolean",
    "AutoParsing": "boolean",
    "AutoRerunIntervalMillis": "int32",
    "AutoRerunTimes": "int32",
    "ConnectionName": "string",
    "CronExpress": "string",
    "CycleType": "string",
    "DependentNodeIdList": "string",
    "DependentType": "string",
    "EndEffectDate": "int64",
    "IgnoreParentSkipRunningProperty": "boolean",
    "ImageId": "string",
    "InputList": "string",
    "InputParameters": "string",
    "OutputList": "string",
    "OutputParameters": "string",
    "ParaValue": "string",
    "RerunMode": "string",
    "ResourceGroupIdentifier": "string",
    "SchedulerType": "string",
    "StartEffectDate": "int64",
    "StartImmediately": "boolean",
    "Stop": "boolean",
    "Timeout": "int32",
}
_TEXTS = ("Content", "FileDescription", "Owner", "FileName", "FileFolderPath")


def _file_born(birth: Birth) -> Document:
    now = milliseconds(birth.now)
    return {
        "FileId": birth.store.next_number("dataworks.file", choices.FIRST_IDS.value["FileId"]),
        "FileName": "",
        "FileType": 10,
        "FileDescription": "",
        "FileFolderPath": "",
        "Content": "",
        "Owner": birth.account.id,
        "CreateUser": birth.account.id,
        "UseType": "NORMAL",
        "CommitStatus": 0,
        "CurrentVersion": 0,
        "NodeId": 0,
        "ProjectId": 0,
        "Schedule": {},
        "CreateTime": now,
        "LastEditTime": now,
    }


def _deployment_born(birth: Birth) -> Document:
    return {
        "Id": birth.store.next_number("dataworks.deployment", choices.FIRST_IDS.value["DeploymentId"]),
        "Name": "",
        "Creator": birth.account.id,
        "FileId": 0,
        "FileVersion": 0,
        "Step": "submit",
        "Comment": "",
        "ProjectId": 0,
        "CreateTime": milliseconds(birth.now),
        COURSE: begun(birth.store.now(), Script()),
    }


FILE = Resource("dataworks.file", "FileId", _file_born, place="ProjectId")
DEPLOYMENT = Resource("dataworks.deployment", "Id", _deployment_born, place="ProjectId", words=WORDS)


# --- files ----------------------------------------------------------------------------------------------------------


def create_file(call: Call) -> dict[str, Any]:
    """CreateFile: its name is unique in its folder."""
    project, sent = project_id(call), call.parameters
    folder = sent.get("FileFolderPath", "")
    others = call.store.all(FILE.kind, place=str(project))
    if any((one["FileName"], one["FileFolderPath"]) == (sent["FileName"], folder) for one in others):
        message = f"The file {sent['FileName']} exists already in {folder}."
        raise refuse(AlibabaRefusal, choices.FILE_TAKEN.value, message)
    made = call.create(FILE, ProjectId=project, FileType=sent["FileType"], **_texts(call), Schedule=_schedule(call))
    return succeeded(call, Data=made["FileId"])


def get_file(call: Call) -> dict[str, Any]:
    """GetFile: by its id, or by that of its node."""
    file = _file(call, lagging=True)
    schedule = {name: file["Schedule"][name] for name in ("CronExpress", "SchedulerType") if name in file["Schedule"]}
    shown = _shown(file) | {"Content": file["Content"], "DeletedStatus": "NORMAL"}
    return succeeded(call, Data={"File": shown, "NodeConfiguration": schedule})


def list_files(call: Call) -> dict[str, Any]:
    """ListFiles: without what is in them."""
    sent, project = call.parameters, project_id(call)
    found = [
        _shown(file)
        for file in call.listed(FILE.kind, place=str(project))
        if sent.get("ExactFileName", file["FileName"]) == file["FileName"]
        and sent.get("Keyword", "") in file["FileName"]
        and sent.get("FileFolderPath", file["FileFolderPath"]) == file["FileFolderPath"]
        and sent.get("Owner", file["Owner"]) == file["Owner"]
    ]
    return succeeded(call, Data=page(call, "Files", found))


def update_file(call: Call) -> dict[str, Any]:
    """UpdateFile: what is not sent stays; what it holds is not submitted then."""
    file = _file(call)
    schedule = file["Schedule"] | _schedule(call)
    edited = {"Schedule": schedule, "CommitStatus": 0, "LastEditTime": milliseconds(call.now)}
    call.store.update(FILE.kind, str(file["FileId"]), file | _texts(call) | edited)
    return succeeded(call)


def delete_file(call: Call) -> dict[str, Any]:
    """DeleteFile: what was submitted leaves the schedule by a deployment."""
    file = _file(call)
    call.store.delete(FILE.kind, str(file["FileId"]))
    if not file["CurrentVersion"]:
        return succeeded(call)
    return succeeded(call, DeploymentId=_deploy(call, file, "delete"))


def _texts(call: Call) -> Document:
    return {name: call.parameters[name] for name in _TEXTS if name in call.parameters}


def _schedule(call: Call) -> Document:
    return {name: call.parameters[name] for name in _SCHEDULE if name in call.parameters}


def _shown(file: Document) -> Document:
    hidden = ("Content", "Schedule", "FileFolderPath", "ProjectId")
    return {name: value for name, value in file.items() if name not in hidden}


def _file(call: Call, *, lagging: bool = False) -> Document:
    place, sent = str(project_id(call)), call.parameters
    if "FileId" not in sent:
        by_node = [file for file in call.store.all(FILE.kind, place=place) if file["NodeId"] == sent.get("NodeId", -1)]
        return by_node[0] if by_node else _missing(call)
    read = call.read if lagging else call.store.get
    return read(FILE.kind, str(sent["FileId"]), place=place) or _missing(call)


def _missing(call: Call) -> NoReturn:
    sent = call.parameters
    named = sent.get("FileId", sent.get("NodeId"))
    raise refuse(AlibabaRefusal, choices.NO_FILE.value, f"The file {named} does not exist.")


# --- deployments ----------------------------------------------------------------------------------------------------


def submit_file(call: Call) -> dict[str, Any]:
    """SubmitFile: what was changed since the last submit."""
    file = _file(call)
    if file["CommitStatus"]:
        raise refuse(AlibabaRefusal, choices.NOTHING_TO_SUBMIT.value, f"The file {file['FileId']} is committed.")
    node = file["NodeId"] or call.store.next_number("dataworks.file_node", choices.FIRST_IDS.value["NodeId"])
    committed = file | {"CommitStatus": 1, "CurrentVersion": file["CurrentVersion"] + 1, "NodeId": node}
    call.store.update(FILE.kind, str(file["FileId"]), committed)
    return succeeded(call, Data=_deploy(call, committed, "submit"))


def deploy_file(call: Call) -> dict[str, Any]:
    """DeployFile: what was submitted, when its checks are done."""
    file = _file(call)
    submits = [one for one in _of(call, file) if one["Step"] == "submit"]
    if not submits or look(call, DEPLOYMENT, submits[-1]).state != WORDS.good:
        message = f"The file {file['FileId']} has no version that can be deployed."
        raise refuse(AlibabaRefusal, choices.NOT_SUBMITTED.value, message)
    return succeeded(call, Data=_deploy(call, file, "deploy"))


def _deploy(call: Call, file: Document, step: str) -> int:
    made = begin(
        call,
        DEPLOYMENT,
        Name=f"{step}_{file['FileName']}",
        FileId=file["FileId"],
        FileVersion=file["CurrentVersion"],
        Step=step,
        Comment=call.parameters.get("Comment", ""),
        ProjectId=file["ProjectId"],
    )
    return int(made["Id"])


def _of(call: Call, file: Document) -> list[Document]:
    deployments = call.store.all(DEPLOYMENT.kind, place=str(file["ProjectId"]))
    return [one for one in deployments if one["FileId"] == file["FileId"]]


def get_deployment(call: Call) -> dict[str, Any]:
    """GetDeployment: the deployment does not show its own id."""
    place, deployment_id = str(project_id(call)), call.parameters["DeploymentId"]
    found = call.read(DEPLOYMENT.kind, str(deployment_id), place=place)
    if found is None:
        message = f"The deployment {deployment_id} does not exist."
        raise refuse(AlibabaRefusal, choices.NO_DEPLOYMENT.value, message)
    seen = look(call, DEPLOYMENT, found)
    shown = {"Name": found["Name"], "CreatorId": found["Creator"], "CreateTime": found["CreateTime"]}
    shown |= _status(seen) | {"FromEnvironment": 0, "ToEnvironment": 2 if found["Step"] == "deploy" else 1}
    item = {"FileId": found["FileId"], "FileVersion": found["FileVersion"], "Status": int(_status(seen)["Status"])}
    return succeeded(call, Data={"Deployment": shown, "DeployedItems": [item]})


def list_deployments(call: Call) -> dict[str, Any]:
    """ListDeployments: the newest first, without files, checks and flags."""
    sent, place = call.parameters, str(project_id(call))
    found = [
        {name: one[name] for name in ("Id", "Name", "Creator", "CreateTime")}
        | {"Status": _status(look(call, DEPLOYMENT, one))["Status"]}
        for one in reversed(call.listed(DEPLOYMENT.kind, place=place))
        if sent.get("Keyword", "") in one["Name"] and sent.get("Creator", one["Creator"]) == one["Creator"]
    ]
    found = [one for one in found if sent.get("Status", one["Status"]) == one["Status"]]
    return {"Data": page(call, "Deployments", found), "RequestId": call.request_id}


def _status(seen: Sight) -> Document:
    if seen.state in _CHECKS:
        return {"Status": 0, "CheckingStatus": int(seen.state), "ErrorMessage": seen.reason}
    return {"Status": int(seen.state), "ErrorMessage": seen.reason if seen.state == WORDS.bad else ""}


_FILE_ID = Parameter("FileId", "form", "int64", required=True)
_SETTINGS = tuple(Parameter(name, "form", kind) for name, kind in _SCHEDULE.items())  # type: ignore[arg-type]
_PAGE = (
    Parameter("PageNumber", "form", "int32", minimum=1),
    Parameter("PageSize", "form", "int32", minimum=1, maximum=100),
)

OPERATIONS = (
    Operation(
        SERVICE,
        "CreateFile",
        "POST",
        VERSION,
        create_file,
        (
            *ID_OR_IDENTIFIER,
            Parameter("FileName", "form", required=True),
            Parameter("FileType", "form", "int32", required=True),
            Parameter("FileFolderPath", "form"),
            Parameter("CreateFolderIfNotExists", "form", "boolean"),
            *(Parameter(name, "form") for name in ("Content", "FileDescription", "Owner")),
            *_SETTINGS,
        ),
    ),
    Operation(
        SERVICE,
        "GetFile",
        "POST",
        VERSION,
        get_file,
        (*ID_OR_IDENTIFIER, Parameter("FileId", "form", "int64"), Parameter("NodeId", "form", "int64")),
    ),
    Operation(
        SERVICE,
        "ListFiles",
        "POST",
        VERSION,
        list_files,
        (
            *ID_OR_IDENTIFIER,
            *(Parameter(name, "form") for name in ("ExactFileName", "FileFolderPath", "Keyword", "Owner")),
            *_PAGE,
        ),
    ),
    Operation(
        SERVICE,
        "UpdateFile",
        "POST",
        VERSION,
        update_file,
        (
            *ID_OR_IDENTIFIER,
            _FILE_ID,
            *(Parameter(name, "form") for name in _TEXTS),
            *(one for one in _SETTINGS if one.name != "InputList"),
            Parameter("InputList", "form", required=True),
        ),
    ),
    Operation(SERVICE, "DeleteFile", "POST", VERSION, delete_file, (*ID_OR_IDENTIFIER, _FILE_ID)),
    Operation(
        SERVICE,
        "SubmitFile",
        "POST",
        VERSION,
        submit_file,
        (
            *ID_OR_IDENTIFIER,
            _FILE_ID,
            Parameter("Comment", "form"),
            Parameter("SkipAllDeployFileExtensions", "form", "boolean"),
        ),
    ),
    Operation(
        SERVICE,
        "DeployFile",
        "POST",
        VERSION,
        deploy_file,
        (
            *ID_OR_IDENTIFIER,
            Parameter("FileId", "form", "int64"),
            Parameter("NodeId", "form", "int64"),
            Parameter("Comment", "form"),
        ),
    ),
    Operation(
        SERVICE,
        "GetDeployment",
        "POST",
        VERSION,
        get_deployment,
        (*ID_OR_IDENTIFIER, Parameter("DeploymentId", "form", "int64", required=True)),
    ),
    Operation(
        SERVICE,
        "ListDeployments",
        "POST",
        VERSION,
        list_deployments,
        (
            *ID_OR_IDENTIFIER,
            Parameter("Keyword", "form"),
            Parameter("Creator", "form"),
            Parameter("Status", "form", "int32"),
            *_PAGE,
        ),
    ),
)
