"""A message of each error, as the code says it: a cloud of a few answers is played, and what comes of them is shown.

Nothing is sent: a conversation is a generator, and what it yields is answered here. So the examples of the pages are
what a user reads, and change with it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import count
from types import SimpleNamespace
from typing import Any, TypeAlias
from urllib.parse import parse_qs

from airflow_provider_cloudflows.auth.alibaba.acs3 import Acs3Signer
from airflow_provider_cloudflows.auth.alibaba.environment import EnvironmentSource
from airflow_provider_cloudflows.auth.base import AccessKey
from airflow_provider_cloudflows.calls.any_work import AnyWork
from airflow_provider_cloudflows.calls.client import CloudClient
from airflow_provider_cloudflows.calls.endpoints import Endpoints
from airflow_provider_cloudflows.calls.models import Document
from airflow_provider_cloudflows.calls.paths import value_at
from airflow_provider_cloudflows.calls.states import Outcome
from airflow_provider_cloudflows.errors import CloudflowsError
from airflow_provider_cloudflows.operators.fabric.workspace import CreateFabricWorkspaceOperator
from airflow_provider_cloudflows.operators.intent import TaskStateStore
from airflow_provider_cloudflows.operators.origin import Upstream
from airflow_provider_cloudflows.operators.waiting import told
from airflow_provider_cloudflows.provisioning.provisioner import Provisioner
from airflow_provider_cloudflows.provisioning.record import MemoryStore, Record
from airflow_provider_cloudflows.provisioning.settings import IfExists
from airflow_provider_cloudflows.sensors.fabric.job_run import FabricJobRunSensor
from airflow_provider_cloudflows.services.bpstudio.create_task import CreateTask
from airflow_provider_cloudflows.services.bpstudio.task import GetTask
from airflow_provider_cloudflows.services.dataworks.business import GetBusiness, ListBusiness
from airflow_provider_cloudflows.services.dataworks.create_business import CreateBusiness
from airflow_provider_cloudflows.services.fabric.create_workspace import CreateWorkspace
from airflow_provider_cloudflows.services.fabric.job_run import JobRunResource
from airflow_provider_cloudflows.transport.client import Transport
from airflow_provider_cloudflows.transport.flow import Blocking, Flow, Stop
from airflow_provider_cloudflows.transport.message import Message, Reply
from airflow_provider_cloudflows.transport.outcome import Interrupted, NotSent
from airflow_provider_cloudflows.waiting.pace import Pace
from airflow_provider_cloudflows.waiting.waiter import wait
from airflow_provider_cloudflows.waiting.watch import Sighting, Watch

__all__ = ["EXAMPLES", "example_of_error"]

Answer: TypeAlias = Callable[[Message], Reply | Exception]

REQUEST_ID = "0000-ABCD"
CREATE = CreateBusiness(project_id=10000, business_name="daily_etl")
CREATE_TASK = CreateTask(process_id="p-1", task_name="nightly", app_id="a-1")
SCOPE: Document = {"endpoint": "https://dataworks.cn-hangzhou.aliyuncs.com", "region": "cn-hangzhou"}


@cache
def example_of_error(code: str) -> str:
    """Return the message of an error, with its code, as a log shows it."""
    try:
        EXAMPLES[code]()
    except CloudflowsError as error:
        if error.help_code != code:
            raise AssertionError(f"the example of {code} meets {type(error).__name__}") from error
        return str(error)
    raise AssertionError(f"the example of {code} meets no error")


# --- a cloud of a few answers ----------------------------------------------------------------------------------------


def answered(document: Document, status: int = 200, **headers: str) -> Reply:
    """Return a complete answer; an underscore in a header's name stands for a hyphen."""
    shown = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, shown, json.dumps({"RequestId": REQUEST_ID, **document}).encode())


def refused(status: int, code: str, message: str, **headers: str) -> Reply:
    """Return an answer of Alibaba Cloud's gateway that refuses a call."""
    return answered({"Code": code, "Message": message}, status, **headers)


def listed(*names: str) -> Reply:
    """Return the list of a workspace's workflows."""
    shown = [{"BusinessId": number, "BusinessName": name} for number, name in enumerate(names, 100001)]
    page = {"Business": shown, "PageNumber": 1, "PageSize": 100, "TotalCount": len(shown)}
    return answered({"Success": True, "HttpStatusCode": 200, "Data": page})


def always(answer: Reply | Exception) -> Answer:
    """Return what gives one answer, or fails in one way, whatever is asked."""
    return lambda message: answer


def played(flow: Flow[Any], **answers: Reply | Exception | Answer) -> Any:
    """Carry out a conversation with a cloud to its end; pauses take no time.

    :param answers: what the cloud says, by operation.
    """
    cloud = {name: said if callable(said) else always(said) for name, said in answers.items()}
    try:
        step = next(flow)
        while True:
            result: Any = None
            if isinstance(step, Message):
                result = cloud[step.headers["x-acs-action"]](step)
            elif isinstance(step, Blocking):
                try:
                    result = step.work()
                except Exception as failure:  # noqa: BLE001 - the conversation decides what it means
                    result = failure
            step = flow.throw(result) if isinstance(result, Exception) else flow.send(result)
    except StopIteration as end:
        return end.value


def client() -> CloudClient:
    """Return a client of Alibaba Cloud."""
    signer = Acs3Signer(AccessKey("an-access-key-id", "its-secret"))
    return CloudClient(Transport(), Endpoints(region="cn-hangzhou"), signer)


# --- the create protocol ---------------------------------------------------------------------------------------------


class FailingStore(MemoryStore):
    """A state store that does not take everything.

    :param takes: tells whether it takes a record.
    """

    def __init__(self, takes: Callable[[Document], bool]) -> None:
        super().__init__()
        self._takes = takes

    def write(self, intent: Document) -> None:
        if not self._takes(intent):
            raise OSError("the API server is down")
        super().write(intent)


def created(
    store: MemoryStore | None = None,
    request: Any = CREATE,
    if_exists: IfExists = "reuse",
    **answers: Reply | Exception | Answer,
) -> Any:
    """Create a workflow that is not there, or what another request asks for."""
    answers = {"ListBusiness": listed(), "GetBusiness": shown_by_id("daily_etl"), **answers}
    return played(Provisioner(client(), store, if_exists=if_exists).flow(request), **answers)


def shown_by_id(name: str) -> Answer:
    """Return what shows a workflow of this name for any id."""

    def answer(message: Message) -> Reply:
        (number,) = parse_qs(message.body.decode())["BusinessId"]
        shown = {"BusinessId": int(number), "BusinessName": name, "ProjectId": "10000"}
        return answered({"Success": True, "HttpStatusCode": 200, "Data": shown})

    return answer


def recorded(request: Any = CREATE, **known: Any) -> MemoryStore:
    """Return the store of a task whose earlier try left a record."""
    store = MemoryStore()
    store.write(replace(Record.of(request, SCOPE), **{"sent": True, **known}).document())
    return store


def unreadable() -> MemoryStore:
    """Return the store of a task that ran with a newer release."""
    store = MemoryStore()
    store.write({"version": 9})
    return store


def gone() -> None:
    """An earlier try made a BPStudio task, which nothing lists, and its id shows nothing any more."""
    not_there = answered({"Code": "8004", "Message": "The task does not exist."})
    store = recorded(CREATE_TASK, resource_id=1994, how="made", scope={"region": "cn-hangzhou"})
    created(store, CREATE_TASK, GetTask=not_there)


def replaced() -> None:
    """The process that watches over a try is not there any more."""

    def broken(*_: Any, **__: Any) -> None:
        raise EOFError

    TaskStateStore(SimpleNamespace(set=broken), "create", "create", 1).write({})


def stopped() -> None:
    """Somebody marked the task."""
    stop = Stop()
    stop.ask()
    stop.check()


def delete_refused() -> None:
    """No task upstream of a delete returned its id."""
    task = SimpleNamespace(task_id="delete_business", upstream_task_ids=set(), get_dag=lambda: None)
    operator: Any = type("DeleteBusinessOperator", (), {"task_id": task.task_id})()
    context: Any = {"ti": SimpleNamespace(), "task": task}
    Upstream(operator, context).check_it_was_made("workflow", 100001, {})


# --- work and its end ------------------------------------------------------------------------------------------------


def run_failed() -> None:
    """The sensor sees that a job run has failed."""
    sensor = FabricJobRunSensor(task_id="wait", workspace_id="w-1", job_run_id="r-1")
    watch = Watch.of(JobRunResource({"name": "r-1", "workspace_id": "w-1"}), "r-1")
    context: Any = {"ti": SimpleNamespace()}
    sensor._end(context, watch, Sighting(Outcome.BAD, "FAILED", "out of memory"))


def timed_out() -> None:
    """A job looks as if it went on, for longer than somebody waits for it."""
    watch = Watch.of(any_work(), "j-1")
    an_hour = count(0.0, 1800.0)
    running = answered({"Job": {"Status": "Running"}})
    played(wait(client(), watch, Pace(30.0), 3600.0, an_hour.__next__), DescribeJob=running)


def any_work() -> AnyWork:
    """Return a job of a service that has no models here."""
    looking = {"product": "emr", "version": "2021-03-20", "action": "DescribeJob", "form": {"JobId": "{result}"}}
    words = {"state_path": "Job.Status", "good": ["Succeeded"], "bad": ["Failed"], "reason_path": None, "cancel": None}
    return AnyWork({"cloud": "alibaba", "poll": looking, "if_absent": "fail", **words})


def nothing_shown() -> None:
    """A look is answered, and the state is not where it should be."""
    work = any_work()
    work.item_of(work.reading("j-1").read(answered({"Task": {"Status": "Running"}})), "j-1")


EXAMPLES: dict[str, Callable[[], Any]] = {
    "CF101": lambda: Endpoints().origin(CreateWorkspace.service),
    "CF102": lambda: played(EnvironmentSource({}).obtain()),
    "CF103": lambda: CreateFabricWorkspaceOperator(task_id="create_workspace", name="ab"),
    "CF201": lambda: CREATE.read(refused(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.")),
    "CF202": lambda: CREATE.read(refused(400, "IllegalTimestamp", "The input parameter Timestamp is not processed.")),
    "CF203": lambda: CREATE.read(refused(403, "Forbidden.Access", "Access is forbidden.")),
    "CF204": lambda: CREATE.read(refused(400, "InvalidParameter", "The parameter BusinessName is invalid.")),
    "CF205": lambda: GetBusiness(project_id=10000, business_id=1).read(
        refused(404, "1101080008", "The workspace does not exist.")
    ),
    "CF206": lambda: CREATE.read(refused(403, "QuotaExceeded", "The quota of workflows is used up.")),
    "CF207": lambda: created(if_exists="fail", ListBusiness=listed("daily_etl")),
    "CF208": lambda: created(CreateBusiness=refused(409, "EntityAlreadyExists.Business", "The name is taken.")),
    "CF209": lambda: CREATE.read(refused(409, "IncorrectStatus.Project", "The workspace is being changed.")),
    "CF301": lambda: played(client().flow(CREATE), CreateBusiness=NotSent("Connection refused")),
    "CF302": lambda: CREATE.read(refused(429, "Throttling.User", "Request was denied.", retry_after="30")),
    "CF303": lambda: played(
        client().flow(ListBusiness(project_id=10000)),
        ListBusiness=refused(500, "InternalError", "The request processing has failed."),
    ),
    "CF304": lambda: played(
        client().flow(ListBusiness(project_id=10000)),
        ListBusiness=refused(503, "ServiceBusy", "The service is busy."),
    ),
    "CF305": lambda: played(
        client().flow(GetTask(task_id=1994)), GetTask=Interrupted("no complete answer came within 30 seconds")
    ),
    "CF306": nothing_shown,
    "CF601": lambda: created(CreateBusiness=Interrupted("the connection was closed")),
    "CF602": lambda: created(request=CREATE_TASK, CreateTask=Interrupted("the connection was closed")),
    "CF603": lambda: created(
        FailingStore(lambda intent: intent["resource_id"] is None),
        CreateBusiness=answered({"Success": True, "HttpStatusCode": 200, "BusinessId": 100001}),
    ),
    "CF604": lambda: created(FailingStore(lambda intent: False)),
    "CF605": replaced,
    "CF606": stopped,
    "CF607": lambda: created(unreadable()),
    "CF608": lambda: created(
        recorded(CreateBusiness(project_id=10000, business_name="etl_of_monday"), resource_id=100001),
        GetBusiness=shown_by_id("etl_of_monday"),
    ),
    "CF609": lambda: created(recorded(scope={**SCOPE, "region": "cn-shanghai"}, resource_id=100001)),
    "CF610": lambda: created(ListBusiness=listed("daily_etl", "daily_etl")),
    "CF611": gone,
    "CF612": delete_refused,
    "CF701": run_failed,
    "CF702": timed_out,
    "CF703": lambda: told({"status": "success"}, "RunFabricJobOperator 'run_job'"),
    "CF704": lambda: value_at({"Data": {"Id": 7}}, "Data.TaskId", "The answer to bpstudio CreateTask"),
}
"""What leads to each error, by its code."""
