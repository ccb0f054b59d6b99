"""The project id that nobody configured, asked from an IAM on a real socket."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from airflow_provider_cloudflows.auth.base import AccessKey
from airflow_provider_cloudflows.auth.huawei.project import ProjectOfRegion
from airflow_provider_cloudflows.auth.huawei.sdk_hmac import SdkHmacSigner
from airflow_provider_cloudflows.auth.huawei.token import TokenSigner
from airflow_provider_cloudflows.calls.client import CloudClient
from airflow_provider_cloudflows.calls.endpoints import Endpoints
from airflow_provider_cloudflows.errors import ConfigurationError, PermissionDenied
from airflow_provider_cloudflows.services.fabric.workspace import ListWorkspaces
from airflow_provider_cloudflows.services.secmaster.workflow import ListWorkflows
from airflow_provider_cloudflows.services.sts import GetHuaweiCallerIdentity
from airflow_provider_cloudflows.transport.client import Transport, TransportSettings
from tests.auth.material import HUAWEI_CAPTURES
from tests.transport.servers import COLOURS, Answer, Colour, RawServer, Seen, http_script, serving

callers = (f"caller-{number}" for number in itertools.count())
colours = pytest.mark.parametrize("colour", COLOURS)


def project(name: str, project_id: str) -> dict[str, Any]:
    return {"id": project_id, "name": name, "enabled": True}


class Cloud:
    """IAM, SecMaster, Fabric and STS behind one port.

    :cvar projects: what IAM knows.
    """

    def __init__(self, projects: list[dict[str, Any]]) -> None:
        self.projects = projects
        self.seen: list[Seen] = []

    def __call__(self, seen: Seen) -> Answer:
        self.seen.append(seen)
        path, _, query = seen.target.partition("?")
        if path == "/v3/projects":
            name = query.removeprefix("name=")
            return Answer({"projects": [one for one in self.projects if one["name"].startswith(name)]})
        if path == "/v3/auth/projects":
            return Answer({"projects": self.projects})
        if path == "/v5/caller-identity":
            return Answer({"account_id": "a", "principal_urn": "u"})
        if path == "/v1/workspaces":
            return Answer({"workspaces": [], "total": 0})
        return Answer({"code": "00000000", "success": True, "data": [], "total": 0})

    def paths(self) -> list[str]:
        return [seen.target.partition("?")[0] for seen in self.seen]


@contextmanager
def cloud(*projects: dict[str, Any]) -> Iterator[tuple[Cloud, Callable[..., CloudClient]]]:
    """Run a cloud; yields it and a maker of clients that look their project up."""
    answers = Cloud(list(projects))
    with serving(http_script(answers)) as server:
        yield answers, lambda **options: client(server, **options)


def client(
    server: RawServer, *, region: str | None = "cn-north-4", caller: str = "", token: bool = False
) -> CloudClient:
    endpoints = Endpoints(region=region, everywhere=server.origin)
    signer = TokenSigner("a-token") if token else SdkHmacSigner(AccessKey("AKID", "secret"))
    project = ProjectOfRegion(caller or next(callers), by_token=token)
    return CloudClient(Transport(TransportSettings(timeout=5)), endpoints, signer, project)


WORKFLOWS = ListWorkflows(workspace_id="w-1")


@colours
def test_the_project_named_like_the_region_is_taken_and_asked_for_once(colour: Colour) -> None:
    with cloud(project("cn-north-4", "p-1"), project("cn-north-4_airflow", "p-2")) as (iam, make):
        one = make()
        for _ in range(2):
            colour(one.transport, one.flow(WORKFLOWS))
        workflows = "/v1/p-1/workspaces/w-1/soc/workflows"
        assert iam.paths() == ["/v3/projects", workflows, workflows]
        assert iam.seen[0].target == "/v3/projects?name=cn-north-4"
        assert iam.seen[1].headers["x-project-id"] == "p-1"
        assert "x-project-id" not in iam.seen[0].headers


def test_the_answer_is_kept_for_the_caller_and_the_region_only() -> None:
    with cloud(project("cn-north-4", "p-4"), project("cn-north-1", "p-1")) as (iam, make):
        make(caller="same").call(WORKFLOWS)
        make(caller="same").call(WORKFLOWS)
        assert iam.paths().count("/v3/projects") == 1
        make(caller="same", region="cn-north-1").call(WORKFLOWS)
        assert iam.seen[-1].headers["x-project-id"] == "p-1"
        make(caller="other").call(WORKFLOWS)
        assert iam.paths().count("/v3/projects") == 3


def test_a_token_asks_for_the_projects_it_may_use() -> None:
    with cloud(project("MOS", "p-0"), project("cn-north-4", "p-4")) as (iam, make):
        make(token=True).call(WORKFLOWS)
        assert iam.paths() == ["/v3/auth/projects", "/v1/p-4/workspaces/w-1/soc/workflows"]
        assert iam.seen[0].headers["x-auth-token"] == "a-token"


def test_a_project_of_the_request_or_no_need_of_one_asks_nobody() -> None:
    with cloud() as (iam, make):
        one = make()
        one.call(WORKFLOWS.model_copy(update={"project_id": "mine"}))
        one.call(GetHuaweiCallerIdentity())
        assert iam.paths() == ["/v1/mine/workspaces/w-1/soc/workflows", "/v5/caller-identity"]


def test_a_path_without_a_project_still_conveys_it_in_the_signed_header() -> None:
    with cloud(project("cn-north-4", "p-4")) as (iam, make):
        make().call(ListWorkspaces())
        assert iam.seen[-1].headers["x-project-id"] == "p-4"
        assert "x-project-id" in iam.seen[-1].headers["authorization"]


@pytest.mark.parametrize(
    ("capture", "sentence"),
    [
        ("core.project_id_none_2", "IAM knows no project 'cn-north-4'; set Project ID in the connection"),
        ("core.project_id_many_3", r"IAM knows \d projects named 'cn-north-4' \(.+, .+\); set Project ID"),
    ],
)
def test_none_or_several_is_one_sentence_that_says_what_to_do(capture: str, sentence: str) -> None:
    projects = HUAWEI_CAPTURES[capture]["stub_response"][0]["body"]["projects"]
    with cloud(*projects) as (iam, make):
        one = make()
        for _ in range(2):  # a failure is not remembered
            with pytest.raises(ConfigurationError, match=sentence):
                one.call(WORKFLOWS)
        assert iam.paths() == ["/v3/projects", "/v3/projects"]


def test_without_a_region_nothing_is_asked() -> None:
    with cloud() as (iam, make):
        with pytest.raises(ConfigurationError, match=re.escape("set Project ID or Region in the connection")):
            make(region=None).call(WORKFLOWS)
        assert iam.seen == []


def test_a_refusal_of_iam_is_reported_as_such() -> None:
    def refuse(seen: Seen) -> Answer:
        return Answer({"error_msg": "no", "error_code": "IAM.0003"}, 403)

    with (
        serving(http_script(refuse)) as server,
        pytest.raises(PermissionDenied, match=r"IAM ListProjects was denied .*code IAM\.0003"),
    ):
        client(server).call(WORKFLOWS)
