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
FIRST_IDS = Choice(
    "DataWorks: first ids",
    {"BusinessId": 100001, "GroupId": 12345, "WorkflowId": 300001, "TaskId": 400001},
    "The ids of the vendor's samples, where it shows some, counted up from there.",
)
