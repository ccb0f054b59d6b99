"""What the pages of DataWorks leave open, and what the sandbox does there; see ``sandbox/choices.py``."""

from __future__ import annotations

from airflow_provider_cloudflows.sandbox.choices import Choice, Code

NO_PROJECT = Choice(
    "DataWorks: workspace that does not exist",
    Code(404, "Invalid.Tenant.ProjectNotExists"),
    "Named after the sample error code of the vendor's page; the real code is not published.",
)
PROJECT_UNSET = Choice(
    "DataWorks: neither ProjectId nor ProjectIdentifier",
    Code(400, "MissingProjectId"),
    "The page says one is needed; the code follows the pattern Missing{Parameter}.",
)
PROJECTS_DIFFER = Choice(
    "DataWorks: ProjectId and ProjectIdentifier of different workspaces",
    Code(400, "InvalidParameter"),
    "Which one wins is not documented, so neither does.",
)
DUPLICATE = Choice(
    "DataWorks business, created or changed: name taken in the workspace",
    Code(409, "Invalid.Tenant.BusinessAlreadyExists"),
    "The page says names are unique; the code for a duplicate is not published.",
)
NO_BUSINESS = Choice(
    "DataWorks business: one that does not exist",
    Code(404, "Invalid.Tenant.BusinessNotExists"),
    "Not published.",
)
UPDATE = Choice(
    "DataWorks business, changed: parameters that are not sent",
    "stay as they are; an empty BusinessName is refused, an empty Description is stored",
    "The SDK marks all of them optional and says no more.",
)
NO_GROUP = Choice(
    "DataWorks data service group: one that does not exist",
    Code(404, "Invalid.Tenant.DataServiceGroupNotExists"),
    "Not published.",
)
NO_API_GROUP = Choice(
    "DataWorks data service group, created: API Gateway group that does not exist",
    Code(404, "Invalid.Tenant.ApiGatewayGroupNotExists"),
    "The page says the group is created in the API Gateway console first; the code is not published.",
)
GROUP_NAMES = Choice(
    "DataWorks data service group, created: name taken",
    "accepted, a second group is created",
    "Uniqueness is not documented; accepting is the harder case for a client.",
)
FAILURE_STYLE = Choice(
    "DataWorks: how a refusal is sent",
    "HTTP 4xx with the gateway's error body, never HTTP 200 with Success=false",
    "The fields for the second exist, but when the service uses them is not documented.",
)
OWNER = Choice(
    "DataWorks business, created: Owner of an unknown account",
    "accepted as it is",
    "No rule is published.",
)
CASE = Choice(
    "DataWorks: Keyword and GroupNameKeyword",
    "case-sensitive substring of the name",
    "Called fuzzy or substring, without more.",
)
NO_PROJECT_2024 = Choice(
    "DataWorks 2024-05-18: workspace that does not exist",
    Code(404, "9990040003"),
    "The vendor's own scripts name the code; its HTTP status is not published.",
)
NO_WORKFLOW = Choice(
    "DataWorks workflow: one that does not exist, or is not published",
    Code(404, "Invalid.Tenant.WorkflowNotExists"),
    "Not published.",
)
PUBLISHED = Choice(
    "DataWorks workflows and tasks: which are there",
    "those that were published to Prod; a list for Dev is empty",
    "A workspace without a development environment has no others.",
)
BAD_SPEC = Choice(
    "DataWorks FlowSpec: a document that cannot be used",
    Code(400, "58014884415"),
    "The vendor's own scripts name the code; its HTTP status is not published.",
)
NO_DEFINITION = Choice(
    "DataWorks workflow definition: one that does not exist",
    Code(404, "Invalid.Tenant.WorkflowDefinitionNotExists"),
    "Not published.",
)
DEFINITION_NAME = Choice(
    "DataWorks workflow definition, created or imported: name taken in the workspace",
    Code(409, "Invalid.Tenant.WorkflowDefinitionAlreadyExists"),
    "Neither the code nor that names are unique is published; an import fails with the same words.",
)
NO_NODE = Choice(
    "DataWorks node: one that does not exist",
    Code(404, "Invalid.Tenant.NodeNotExists"),
    "Not published.",
)
NODE_TAKEN = Choice(
    "DataWorks node, created: name or output taken in the workspace",
    Code(409, "Invalid.Tenant.NodeAlreadyExists"),
    "The vendor's guide says both are unique, and answered with the words 'already exists'.",
)
DEFINITION_DELETED = Choice(
    "DataWorks workflow definition, deleted: its nodes and what was published of it",
    "its nodes go with it; what was published stays until it is taken out of service",
    "Not documented.",
)
SPEC_SHOWN = Choice(
    "DataWorks workflow definition and node: the document that a read shows",
    "what was sent, with the ids of the service; an update changes what it names, and lists as a whole",
    "That an update is incremental is published, how far down is not.",
)
NO_JOB = Choice(
    "DataWorks job: one that does not exist",
    Code(404, "Invalid.Tenant.JobNotExists"),
    "Not published.",
)
NOTHING_TO_PUBLISH = Choice(
    "DataWorks publishing: an object that does not exist, or a node that is in a workflow",
    Code(400, "5801489541076353033"),
    "The vendor's own scripts name both.",
)
ONE_OBJECT = Choice(
    "DataWorks publishing: several objects at once",
    Code(400, "InvalidParameter"),
    "The vendor's guide says that a process takes one; the code is not published.",
)
NO_PIPELINE_RUN = Choice(
    "DataWorks publishing: a process that does not exist",
    Code(404, "Invalid.Tenant.PipelineRunNotExists"),
    "Not published.",
)
NOT_THE_NEXT_STAGE = Choice(
    "DataWorks publishing: a stage that was executed already, or whose predecessors are not done",
    Code(400, "Invalid.Tenant.StageNotExecutable"),
    "Not published.",
)
STAGES = Choice(
    "DataWorks publishing: the stages of a process",
    {"Online": ["BUILD_PACKAGE", "PROD_CHECK", "PROD"], "Offline": ["OFFLINE"]},
    "The first are those that the vendor's guide saw in a simple workspace; a stage waits until it is executed, unless "
    "RunMode is Auto and it is not behind AutoRunUntilStage.",
)
ABOLISHED = Choice(
    "DataWorks publishing: a process that was abolished",
    "it and its unfinished stages are Termination; those that were done stay Success",
    "The states are published, what each is for is not.",
)
CREATION_SECONDS = Choice(
    "DataWorks workflow instances, created: seconds until they are there, unless a course says otherwise",
    0.5,
    "The answer names an operation, and its result says Creating at first; no duration is published.",
)
NO_OPERATION = Choice(
    "DataWorks workflow instances, created: an operation that does not exist",
    Code(404, "Invalid.Tenant.OperationNotExists"),
    "Not published.",
)
NO_INSTANCE = Choice(
    "DataWorks workflow or task instance: one that does not exist",
    Code(404, "Invalid.Tenant.InstanceNotExists"),
    "Not published.",
)
NAMES_OF_INSTANCES = Choice(
    "DataWorks workflow instances: their Name",
    "the Name of the create, or that of the workflow where the schedule made it",
    "The create takes one and the reads show one; that it is the same is not written.",
)
ONE_FOR_EACH_DATE = Choice(
    "DataWorks workflow instances, created: how many",
    "one for each business date of Periods, or for yesterday without any; each bears the tags",
    "The result of the operation holds a list of ids, without more.",
)
DATE_OF_A_LIST = Choice(
    "DataWorks instances, listed: BizDate or Bizdate that is no midnight",
    "its date counts, at +0800",
    "The parameter is a date in milliseconds, and its time zone is not written.",
)
STATES = Choice(
    "DataWorks instances: states of the tasks of a run",
    "the first one runs while the others are NotRun; when the run fails the last one has failed",
    "What is in a task is not carried out.",
)
STOPPED = Choice(
    "DataWorks instances, stopped: their state",
    "Failure",
    "The list of states has no other word for it.",
)
REFUSED_IDS = Choice(
    "DataWorks instances, stopped, run again or set to success: what is refused",
    "an id that does not exist, a stop of what is over, a rerun of what is not, and a success of what has not failed: "
    "HTTP 200, with Success false beside the id",
    "The answer has a result for each id; when one is refused is not written.",
)
SCHEDULE = Choice(
    "DataWorks workflows: what the schedule does",
    "a daily workflow gets its instances at the midnight after each business date since it was published",
    "A cron expression is not worked out; the instances are made when somebody lists that date.",
)
LOGS = Choice(
    "DataWorks task instances: their log",
    "the script, line by line, and at its end the reason of a failure",
    "Nothing is published of what is in a log.",
)
DI_JOB_UNSET = Choice(
    "DataWorks data integration job: neither Id nor the older DIJobId",
    Code(400, "MissingId"),
    "The SDK marks both optional; the code follows the pattern Missing{Parameter}.",
)
DI_JOB_TABLES = Choice(
    "DataWorks data integration job: its tables, which ListDIJobRunDetails shows",
    "one, of the job's own name",
    "A job may have any number; that of one table says the same.",
)
NO_DI_JOB = Choice(
    "DataWorks data integration job: one that does not exist",
    Code(404, "Invalid.Tenant.DIJobNotExists"),
    "Not published.",
)
DI_JOB_RUNS = Choice(
    "DataWorks data integration job, started: one that runs already, or is being stopped",
    Code(400, "Invalid.Tenant.DIJobIsRunning"),
    "What a second start does is not published.",
)
DI_JOB_NOT_STOPPED = Choice(
    "DataWorks data integration job: a stop that is refused",
    Code(400, "Invalid.Tenant.DIJobCannotBeStopped"),
    "Not published; a stop of what does not run is no error here.",
)
DI_JOB_FOR_EVER = Choice(
    "DataWorks data integration job, started: one with a real-time part",
    "runs until it is stopped, unless a course says otherwise",
    "It follows from what it is; no page says that such a job never shows Finished.",
)
NO_QUALITY_TASK = Choice(
    "DataWorks data quality: a check (evaluation task) that does not exist",
    Code(404, "Invalid.Tenant.EvaluationTaskNotExists"),
    "Not published.",
)
NO_QUALITY_RUN = Choice(
    "DataWorks data quality: a run that does not exist",
    Code(404, "Invalid.Tenant.EvaluationTaskInstanceNotExists"),
    "Not published.",
)
NO_TRIGGER_TIME = Choice(
    "DataWorks data quality: a run without triggerTime",
    Code(400, "InvalidParameter"),
    "The page says that the key is required; the code is not published.",
)
QUALITY_RULES = Choice(
    "DataWorks data quality: what becomes of the rules of a run",
    "all are Passed but the last one, which is as the run is; its reason stands as the value that was checked",
    "No data is there to be checked.",
)
NO_API = Choice(
    "DataWorks data service API: one that does not exist, or has no version in service",
    Code(404, "Invalid.Tenant.DataServiceApiNotExists"),
    "Not published.",
)
API_TAKEN = Choice(
    "DataWorks data service API, created: path taken in the workspace",
    Code(409, "Invalid.Tenant.DataServiceApiAlreadyExists"),
    "Neither the code nor that paths are unique is published.",
)
API_NOT_SUBMITTED = Choice(
    "DataWorks data service API, published: one that was never submitted",
    Code(400, "Invalid.Tenant.DataServiceApiNotSubmitted"),
    "The order is published, the code is not.",
)
API_SUBMITTED_AGAIN = Choice(
    "DataWorks data service API, submitted: one that was submitted already",
    "one more version; the time it was changed stays",
    "Not documented.",
)
API_NOT_PUBLISHED = Choice(
    "DataWorks data service API, abolished: one that is not in service",
    Code(400, "Invalid.Tenant.DataServiceApiNotPublished"),
    "Not published; refusing is the harder case for a client.",
)
API_IN_SERVICE = Choice(
    "DataWorks data service API, deleted: one that is in service",
    Code(400, "Invalid.Tenant.DataServiceApiIsPublished"),
    "The order is published, the code is not.",
)
NO_FILE = Choice(
    "DataWorks file: one that does not exist",
    Code(404, "Invalid.Tenant.FileNotExists"),
    "Not published.",
)
FILE_TAKEN = Choice(
    "DataWorks file, created: name taken in the folder",
    Code(409, "Invalid.Tenant.FileAlreadyExists"),
    "Neither the code nor that names are unique is published.",
)
FILE_FOLDERS = Choice(
    "DataWorks file: its folder",
    "any path is there",
    "Folders are not played.",
)
NOTHING_TO_SUBMIT = Choice(
    "DataWorks file, submitted: one that was not changed since the last submit",
    Code(400, "Invalid.Tenant.FileAlreadyCommitted"),
    "Not published; refusing is the harder case for a client.",
)
NOT_SUBMITTED = Choice(
    "DataWorks file, deployed: one without a submit that ended well",
    Code(400, "Invalid.Tenant.FileNotCommitted"),
    "The page says that a file has to pass the checks of its submit; the code is not published.",
)
NO_DEPLOYMENT = Choice(
    "DataWorks deployment: one that does not exist",
    Code(404, "Invalid.Tenant.DeploymentNotExists"),
    "Not published.",
)
DEPLOYED_ITEMS = Choice(
    "DataWorks deployment: the state of its file",
    "that of the deployment",
    "A deployment that succeeds without one of its files is not played.",
)
TRIGGERED_TYPE = Choice(
    "DataWorks tasks that wait for a call from outside: their type",
    "HTTP_TRIGGER",
    "The vendor's pages call it an HTTP trigger node. What the schedule made waits as a whole, and goes by its course "
    "from the trigger on; a second trigger has no effect, as the page says.",
)
BOTH_VERSIONS = Choice(
    "DataWorks: what the two API versions show of each other",
    "the same: a DAG is a workflow instance, a node is a task, an instance is a task instance, and a business or flow "
    "is a workflow",
    "A workspace is of one generation, and that the other version serves it as well is not written. What the older "
    "version files and deploys is not played: what is published by the newer one can be run by both.",
)
NO_FLOW = Choice(
    "DataWorks manual flow: one that does not exist, is not deployed, or is not manual",
    Code(404, "Invalid.Tenant.FlowNotExists"),
    "Not published.",
)
NO_NODE = Choice(
    "DataWorks node: one that does not exist",
    Code(404, "Invalid.Tenant.NodeNotExists"),
    "Not published.",
)
NO_DAG = Choice(
    "DataWorks DAG: one that does not exist",
    Code(404, "Invalid.Tenant.DagNotExists"),
    "Not published.",
)
NOT_NOW = Choice(
    "DataWorks instance, by the older version: stopped, run again or set to success in a state that does not allow it",
    Code(400, "Invalid.Instance.State"),
    "Which states allow what is not written.",
)
PARAMETERS_OF_INSTANCES = Choice(
    "DataWorks instances, by the older version: their ParamValues",
    "the parameters of the flow and of the node, as name=value with blanks between",
    "DagParameters are said to reach every instance; that ParamValues shows them is assumed.",
)
NAME_FILTERS = Choice(
    "DataWorks instances, listed by the older version: BizName and NodeName",
    "exact",
    "The page says which names they are, not how they are compared.",
)
DAGS_OF_A_BACKFILL = Choice(
    "DataWorks backfill, by the older version: how many DAGs",
    "one for each business date, whose Name is the one that was sent",
    "The answer holds a list of ids, without more.",
)
FIRST_IDS = Choice(
    "DataWorks: first ids",
    {
        "ApiId": 10001,
        "BusinessId": 100001,
        "DIJobId": 221001,
        "DeploymentId": 2000001,
        "FileId": 1000001,
        "NodeId": 900001,
        "GroupId": 12345,
        "WorkflowId": 300001,
        "TaskId": 400001,
        "DesignId": 6525678244703541001,
        "WorkflowInstanceId": 500001,
        "TaskInstanceId": 600001,
        "QualityRunId": 800001,
        "UnifiedWorkflowInstanceId": 700001,
    },
    "The ids of the vendor's samples, where it shows some, counted up from there.",
)
