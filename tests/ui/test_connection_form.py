"""A person makes both connections in the web UI, tests them with the button, and runs a DAG on them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version
from playwright.sync_api import expect

from airflow_provider_cloudflows.demo.airflow_home import Run, ThrowAwayAirflow
from airflow_provider_cloudflows.demo.sandbox_process import SandboxProcess
from airflow_provider_cloudflows.forms import ALIBABA_TYPE, FORM_BEHAVIOUR, FORM_FIELDS, HUAWEI_TYPE
from airflow_provider_cloudflows.provider_info import provider_info
from tests.airflow_versions import DRAWS_FORMS
from tests.demo.sandbox_control import existing
from tests.demo.shared_airflow import add_dag
from tests.ui.browser import Album, find_chromium
from tests.ui.pages import AirflowUI, ConnectionForm, FieldView

pytestmark = [
    pytest.mark.xdist_group("airflow"),
    pytest.mark.skipif(
        find_chromium() is None,
        reason="no Chromium on this machine: 'make test-ui' installs it, or the variable CHROMIUM names one",
    ),
    pytest.mark.skipif(not DRAWS_FORMS, reason="before 3.1.3 Airflow's forms need Flask-AppBuilder for any provider"),
]

airflow_version = Version(version("apache-airflow-core"))
# Airflow 3.1 draws what the hooks tell it, which is less: no suggestions, and no words for the choices.
READS_SCHEMA = airflow_version >= Version("3.2")
# Before 3.3 the form shows the secrets among the provider's own fields while they are typed; stored ones are masked.
HIDES_ALL_SECRETS = airflow_version >= Version("3.3")

TITLES = {entry["connection-type"]: entry["hook-name"] for entry in provider_info()["connection-types"]}
MASK = "***"


@dataclass(frozen=True, slots=True)
class Cloud:
    """One of the two connection types, and what its test is about."""

    name: str
    conn_type: str
    default_conn_id: str
    identity: str

    @property
    def conn_id(self) -> str:
        """The connection that the DAG uses."""
        return f"typed_{self.name}"

    @property
    def fields(self) -> dict[str, dict[str, Any]]:
        """The declared fields beside the standard ones."""
        return FORM_FIELDS[self.conn_type]

    def label(self, field: str) -> str:
        """How the form calls a field."""
        relabeled = FORM_BEHAVIOUR[self.conn_type]["relabeling"]
        return str(relabeled[field] if field in relabeled else self.fields[field]["label"])

    @property
    def secrets(self) -> list[str]:
        """The fields that hold a secret."""
        return ["password", *(name for name, field in self.fields.items() if is_secret(field))]


CLOUDS = [
    Cloud("alibaba", ALIBABA_TYPE, "alibabacloud_default", "Alibaba Cloud knows the caller as acs:ram::"),
    Cloud("huawei", HUAWEI_TYPE, "huaweicloud_default", "Huawei Cloud knows the caller as iam::"),
]
each_cloud = pytest.mark.parametrize("cloud", CLOUDS, ids=lambda cloud: cloud.name)


def is_secret(field: Mapping[str, Any]) -> bool:
    return bool(field["schema"].get("format") == "password")


@pytest.fixture(scope="module", autouse=True)
def known_dag(shared_airflow: ThrowAwayAirflow) -> None:
    """Bring the DAG file early: Airflow reads it while the forms are filled in."""
    add_dag(shared_airflow, Path(__file__).parent / "dags" / "typed_in_the_form.py")


@pytest.fixture(scope="module")
def printed(shared_sandbox: SandboxProcess) -> dict[str, dict[str, str]]:
    """What the sandbox prints for a person to type, by cloud and field.

    And the port 0, as the form asks for: the test button of Airflow 3.3.1 and 3.3.2 sends port 0 for none, and the API
    server then refuses the test, for the port has changed (apache/airflow#73298).
    """
    found: dict[str, dict[str, str]] = {}
    for cloud in CLOUDS:
        connection = json.loads(shared_sandbox.connections[cloud.default_conn_id])
        keys = {"login": connection["login"], "password": connection["password"], "port": "0"}
        found[cloud.name] = keys | connection["extra"]
    return found


@pytest.fixture(scope="module")
def typed(ui: AirflowUI, album: Album, printed: dict[str, dict[str, str]]) -> list[Cloud]:
    """Both connections, made in the form."""
    for cloud in CLOUDS:
        form = ui.add_connection()
        form.paste("Connection ID", cloud.conn_id)
        form.choose_type(TITLES[cloud.conn_type])
        for field, text in printed[cloud.name].items():
            form.paste(cloud.label(field), text)
        for section in dict.fromkeys(form.section_of(cloud.label(field)) for field in printed[cloud.name]):
            form.open_section(section)
            album.take(form.page, f"{cloud.name}-filled-{in_file_name(section)}")
        form.save()
    return CLOUDS


def in_file_name(title: str) -> str:
    return re.sub(r"\W+", "-", title.lower()).strip("-")


@each_cloud
def test_form_explains_its_fields(cloud: Cloud, ui: AirflowUI, album: Album) -> None:
    form = ui.add_connection()
    form.choose_type(TITLES[cloud.conn_type])
    seen: dict[str, FieldView] = {}
    for section in form.sections[:-1]:  # the last one shows the others as JSON
        form.open_section(section)
        seen |= form.fields()
        album.take(form.page, f"{cloud.name}-empty-{in_file_name(section)}")
    behaviour = FORM_BEHAVIOUR[cloud.conn_type]
    for field, label in behaviour["relabeling"].items():
        assert seen[label].placeholder == behaviour["placeholders"].get(field, "")
    for field in cloud.fields.values():
        label, schema = field["label"], field["schema"]
        assert seen[label].help == field["description"]
        if READS_SCHEMA:
            assert seen[label].suggestions == schema.get("examples", [])
            assert seen[label].value == as_shown(schema.get("default"))
        assert (seen[label].kind == "combobox") == ("enum" in schema)
        if "enum" in schema:
            assert form.options(label) == [shown(schema, choice) for choice in schema["enum"]]
    hidden = {label for label, view in seen.items() if view.kind == "password"}
    assert hidden == {cloud.label(field) for field in (cloud.secrets if HIDES_ALL_SECRETS else ["password"])}
    of_airflow = {"Connection ID", "Connection Type", "Description"}
    assert set(seen) == of_airflow | {cloud.label(field) for field in (*behaviour["relabeling"], *cloud.fields)}


def as_shown(default: object) -> str:
    """How a field shows its default; a switch without one is off."""
    return "" if default is None else str(default).lower() if isinstance(default, bool) else str(default)


@each_cloud
def test_test_button_says_who_the_caller_is(
    cloud: Cloud, ui: AirflowUI, typed: list[Cloud], album: Album, shared_sandbox: SandboxProcess
) -> None:
    result = ui.test_connection(cloud.conn_id)
    album.take(ui.page, f"{cloud.name}-tested")
    assert result.title == "Test Connection Successful"
    assert result.message.startswith(cloud.identity)
    assert shared_sandbox.url in result.message


@each_cloud
def test_test_button_says_what_is_wrong_with_a_secret(
    cloud: Cloud,
    ui: AirflowUI,
    album: Album,
    printed: dict[str, dict[str, str]],
) -> None:
    conn_id = f"mistyped_{cloud.name}"
    form = ui.add_connection()
    form.paste("Connection ID", conn_id)
    form.choose_type(TITLES[cloud.conn_type])
    for field, text in (printed[cloud.name] | {"password": "mistyped"}).items():
        form.paste(cloud.label(field), text)
    form.save()
    result = ui.test_connection(conn_id)
    album.take(ui.page, f"{cloud.name}-mistyped")
    assert result.title == "Test Connection Failed"
    assert "was not authenticated" in result.message
    assert result.message.endswith("check the access key, its secret and its session token in the connection.")


@each_cloud
def test_secrets_are_hidden_and_cannot_be_read_back(
    cloud: Cloud,
    ui: AirflowUI,
    typed: list[Cloud],
    album: Album,
    shared_airflow: ThrowAwayAirflow,
    printed: dict[str, dict[str, str]],
) -> None:
    form = ui.edit_connection(cloud.conn_id)
    secret = printed[cloud.name]["password"]
    seen = form.fields()
    assert seen[cloud.label("login")].value == printed[cloud.name]["login"]
    assert seen[cloud.label("password")].value == MASK
    assert secret not in form.text
    album.take(form.page, f"{cloud.name}-edited")
    stored = shared_airflow.rest.get("connections", cloud.conn_id)
    assert stored["password"] == MASK
    assert secret not in json.dumps(stored)


@pytest.mark.skipif(not READS_SCHEMA, reason="Airflow 3.1 has one line for a long text and keeps fractions as text")
@each_cloud
def test_every_field_can_be_filled_in(cloud: Cloud, ui: AirflowUI, shared_airflow: ThrowAwayAirflow) -> None:
    conn_id = f"full_{cloud.name}"
    form = ui.add_connection()
    form.paste("Connection ID", conn_id)
    form.choose_type(TITLES[cloud.conn_type])
    wanted = {name: fill_somehow(form, field) for name, field in cloud.fields.items()}
    form.save()
    stored = json.loads(shared_airflow.rest.get("connections", conn_id)["extra"])
    assert stored == wanted | dict.fromkeys((name for name in cloud.secrets if name != "password"), MASK)


def fill_somehow(form: ConnectionForm, field: Mapping[str, Any]) -> object:
    """Give a field a value other than its default, by the means that its kind has, and return what is to be stored."""
    label, schema = field["label"], field["schema"]
    kind = next(one for one in schema["type"] if one != "null")
    if "enum" in schema:
        form.choose(label, shown(schema, schema["enum"][-1]))
        return schema["enum"][-1]
    if kind == "boolean":
        form.switch(label, not schema.get("default"))
        return not schema.get("default")
    if kind in {"integer", "number"}:
        number = schema.get("minimum", 0) + 3
        form.paste(label, str(number))
        return number
    text = '{\n"Version": "1"\n}' if schema.get("format") == "multiline" else f"typed {label}"
    form.paste(label, text)
    return text


def shown(schema: Mapping[str, Any], choice: str) -> str:
    """The text that a drop-down shows for a choice; that of Airflow 3.1 shows what is stored."""
    return str(schema.get("values_display", {}).get(choice, choice)) if READS_SCHEMA else choice


@pytest.fixture(scope="module")
def finished(typed: list[Cloud], ui: AirflowUI, album: Album, shared_airflow: ThrowAwayAirflow) -> Run:
    """A run on the connections that were typed in."""
    run = shared_airflow.trigger("typed_in_the_form")
    assert shared_airflow.wait_for(run, timeout=120) == "success"
    ui.open_run(run, "Success")
    album.take(ui.page, "finished-run")
    return run


@pytest.mark.parametrize(
    ("task_id", "kind", "name_field", "id_field"),
    [
        ("create_business", "dataworks.business", "BusinessName", "BusinessId"),
        ("create_workspace", "fabric.workspace", "name", "id"),
    ],
)
def test_dag_runs_on_the_connections(
    task_id: str,
    kind: str,
    name_field: str,
    id_field: str,
    finished: Run,
    shared_airflow: ThrowAwayAirflow,
    shared_sandbox: SandboxProcess,
) -> None:
    (made,) = [
        one for one in existing(shared_sandbox, kind) if one[name_field].replace("-", "_") == "typed_in_the_form"
    ]
    assert shared_airflow.xcom(finished, task_id) == made[id_field]


def test_ids_are_shown(ui: AirflowUI, finished: Run, album: Album, shared_airflow: ThrowAwayAirflow) -> None:
    business_id = shared_airflow.xcom(finished, "create_business")
    expect(ui.open_xcom(finished, "create_business")).to_contain_text(str(business_id))
    album.take(ui.page, "xcom")
