"""A connection works wherever it is kept: in a variable as JSON or URI, in a secrets backend, in the database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from airflow_provider_cloudflows.auth.cache import forget_all
from airflow_provider_cloudflows.demo.airflow_home import ThrowAwayAirflow
from airflow_provider_cloudflows.demo.sandbox_process import SandboxProcess
from airflow_provider_cloudflows.hooks.alibaba import AlibabaCloudHook
from airflow_provider_cloudflows.hooks.base import CloudHook
from airflow_provider_cloudflows.hooks.huawei import HuaweiCloudHook
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import serve
from airflow_provider_cloudflows.services.dataworks.create_business import CreateBusiness
from airflow_provider_cloudflows.services.fabric.create_workspace import CreateWorkspace
from tests.conftest import AIRFLOW_HOME
from tests.demo.shared_airflow import add_dag

# Every character that a URI, JSON or a shell gives a meaning to, and that a key can have.
SECRET = "S/e+c?r@e:t%2F=&#'\"\\$~;"
KEYS = (
    world.AccessKey("alibaba", "LTAI5tStoredKey0001", SECRET),
    world.AccessKey("huawei", "HPUASTOREDKEY0000001", SECRET),
)
POLICIES = {
    "alibaba": {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "dataworks:*", "Resource": "*"}]},
    "huawei": {"Version": "1.1", "Statement": [{"Effect": "Allow", "Action": ["DataArtsFabric:workspace:*"]}]},
}
PRINCIPALS = {
    "alibaba": f"assumed-role/{world.ALIBABA_PARTNER_ROLE_NAME}/stored@airflow",
    "huawei": f"assumed-agency:{world.HUAWEI_AGENCY_NAME}/stored",
}
CLOUDS = ["alibaba", "huawei"]
DAG = Path(__file__).parent / "dags" / "stored.py"


def connection(cloud: str, url: str) -> dict[str, Any]:
    """A role, or an agency, with everything that can be said of it."""
    key = KEYS[CLOUDS.index(cloud)]
    fields: dict[str, Any]
    if cloud == "alibaba":
        fields = {
            "auth_type": "ram_role",
            "region": world.ALIBABA_REGION,
            "role_arn": world.ALIBABA_PARTNER_ROLE_ARN,
            "role_external_id": world.EXTERNAL_ID,
            "role_session_name": "stored@airflow",
            "role_duration": 900,
            "role_policy": POLICIES[cloud],
        }
    else:
        fields = {
            "auth_type": "agency",
            "region": world.HUAWEI_REGION,
            "agency_name": world.HUAWEI_AGENCY_NAME,
            "agency_domain_name": world.HUAWEI_DOMAIN_NAME,
            "agency_session_name": "stored",
            "agency_duration": 900,
            "agency_policy": POLICIES[cloud],
        }
    extra = {**fields, "endpoint": url, "timeout": 30, "allow_http": False}
    return {"conn_type": f"cloudflows_{cloud}", "login": key.id, "password": key.secret, "extra": extra}


def as_json(cloud: str, url: str) -> str:
    return json.dumps(connection(cloud, url))


def as_json_with_text_extra(cloud: str, url: str) -> str:
    """The extra as text in the JSON, as ``airflow connections export`` writes it."""
    made = connection(cloud, url)
    return json.dumps(made | {"extra": json.dumps(made["extra"])})


def as_uri(cloud: str, url: str) -> str:
    """Each field a parameter; what is JSON itself travels as text."""
    made = connection(cloud, url)
    fields = {name: json.dumps(value) if isinstance(value, dict) else value for name, value in made["extra"].items()}
    return f"{beginning(made)}?{urlencode(fields)}"


def as_uri_with_one_extra(cloud: str, url: str) -> str:
    """All fields in one parameter, as Airflow itself writes nested ones."""
    made = connection(cloud, url)
    return f"{beginning(made)}?{urlencode({'__extra__': json.dumps(made['extra'])})}"


def beginning(made: dict[str, Any]) -> str:
    scheme = made["conn_type"].replace("_", "-")
    return f"{scheme}://{quote(made['login'], safe='')}:{quote(made['password'], safe='')}@/"


FORMS = [as_json, as_json_with_text_extra, as_uri, as_uri_with_one_extra]


@pytest.fixture(autouse=True)
def no_credentials_of_before() -> Iterator[None]:
    forget_all()
    yield
    forget_all()


def hook_for(cloud: str, conn_id: str) -> CloudHook:
    return AlibabaCloudHook(conn_id) if cloud == "alibaba" else HuaweiCloudHook(conn_id)


def create(hook: CloudHook) -> None:
    if isinstance(hook, AlibabaCloudHook):
        assert hook.call(CreateBusiness(project_id=world.DATAWORKS_PROJECT_ID, business_name="stored")).business_id
    else:
        assert hook.call(CreateWorkspace(name="stored")).id


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
@pytest.mark.parametrize("cloud", CLOUDS)
def test_in_an_environment_variable(cloud: str, form: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(extra_keys=KEYS) as sandbox:
        monkeypatch.setenv("AIRFLOW_CONN_STORED", form(cloud, sandbox.url))
        with closing(hook_for(cloud, "stored")) as hook:
            create(hook)
            accepted, said = hook.test_connection()
            assert accepted, said
            assert PRINCIPALS[cloud] in said
            name = f"{'role' if cloud == 'alibaba' else 'agency'}_policy"
            assert json.loads(hook.fields.json_text(name) or "") == POLICIES[cloud]
        assert sandbox.state()["dataworks.business" if cloud == "alibaba" else "fabric.workspace"]


# Our own modules would make Airflow's settings the tests' own again.
PROVISION = """
from airflow_provider_cloudflows.hooks.alibaba import AlibabaCloudHook
from airflow_provider_cloudflows.hooks.huawei import HuaweiCloudHook
from airflow_provider_cloudflows.services.dataworks.create_business import CreateBusiness
from airflow_provider_cloudflows.services.fabric.create_workspace import CreateWorkspace
for form in ("json", "uri"):
    alibaba, huawei = AlibabaCloudHook(f"alibaba_{form}"), HuaweiCloudHook(f"huawei_{form}")
    alibaba.call(CreateBusiness(project_id=10000, business_name=f"stored-{form}"))
    huawei.call(CreateWorkspace(name=f"stored-{form}"))
    print("said:", alibaba.test_connection()[1])
    print("said:", huawei.test_connection()[1])
"""


def test_in_a_secrets_backend(tmp_path: Path) -> None:
    """Airflow's own file backend, in a process that begins with it."""
    with serve(extra_keys=KEYS) as sandbox:
        kept: dict[str, Any] = {}
        for cloud in CLOUDS:
            kept[f"{cloud}_json"] = connection(cloud, sandbox.url)
            kept[f"{cloud}_uri"] = as_uri(cloud, sandbox.url)
        file = tmp_path / "connections.json"
        file.write_text(json.dumps(kept))
        environ = {
            **os.environ,
            "AIRFLOW_HOME": str(AIRFLOW_HOME),
            "AIRFLOW__SECRETS__BACKEND": "airflow.secrets.local_filesystem.LocalFilesystemBackend",
            "AIRFLOW__SECRETS__BACKEND_KWARGS": json.dumps({"connections_file_path": str(file)}),
        }
        command = [sys.executable, "-W", "ignore", "-c", PROVISION]
        ran = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        said = [line for line in ran.stdout.splitlines() if line.startswith("said: ")]
        assert [PRINCIPALS[cloud] in line for cloud, line in zip(CLOUDS * 2, said, strict=True)] == [True] * 4
        assert [len(sandbox.state()[kind]) for kind in ("dataworks.business", "fabric.workspace")] == [2, 2]


# ``airflow connections add …``, as often as it is told, for once the time that its imports take.
ADD = """
import json, sys
from airflow.cli.cli_parser import get_parser
parser = get_parser()
for arguments in json.load(sys.stdin):
    options = parser.parse_args(["connections", "add", *arguments])
    options.func(options)
"""


@pytest.mark.xdist_group("airflow")
def test_in_the_database(shared_airflow: ThrowAwayAirflow, monkeypatch: pytest.MonkeyPatch) -> None:
    """``airflow connections add``, then a run whose tasks get the connections from Airflow's API server."""
    keys = [{"cloud": key.cloud, "id": key.id, "secret": key.secret} for key in KEYS]
    monkeypatch.setenv("CLOUDFLOWS_SANDBOX_KEYS", json.dumps(keys))
    with SandboxProcess() as sandbox:
        given = [
            ["stored_alibaba", "--conn-json", as_json("alibaba", sandbox.url)],
            ["stored_huawei", "--conn-uri", as_uri("huawei", sandbox.url)],
        ]
        added = subprocess.run(
            [sys.executable, "-c", ADD],
            input=json.dumps(given),
            env=shared_airflow.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert added.returncode == 0, added.stderr
        assert SECRET not in added.stdout + added.stderr
        add_dag(shared_airflow, DAG)
        run = shared_airflow.trigger("stored")
        assert shared_airflow.wait_for(run) == "success"
        made = {task.task_id: shared_airflow.xcom(run, task.task_id) for task in shared_airflow.task_instances(run)}
    assert set(made) == set(CLOUDS)
    assert all(made.values())
