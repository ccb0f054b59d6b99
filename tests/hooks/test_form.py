"""The connection form: declared once, the same on every Airflow version, secrets hidden, no hook imported for it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from types import ModuleType
from typing import Any

import jsonschema
import pytest
from airflow import __version__ as airflow_version
from airflow.sdk import Connection
from airflow.sdk._shared.secrets_masker import should_hide_value_for_key
from packaging.version import Version

from airflow_provider_cloudflows.auth.base import AccessKey
from airflow_provider_cloudflows.hooks.alibaba import AlibabaCloudHook
from airflow_provider_cloudflows.hooks.base import SECRET_FIELDS, CloudHook
from airflow_provider_cloudflows.hooks.huawei import HuaweiCloudHook
from airflow_provider_cloudflows.provider_info import FORM_BEHAVIOUR, FORM_FIELDS, provider_info
from tests.conftest import SetConnection

HOOKS: tuple[type[CloudHook], ...] = (AlibabaCloudHook, HuaweiCloudHook)
BY_TYPE = {hook.conn_type: hook for hook in HOOKS}
SECRET_NAME = re.compile(r"token|secret|password|proxy|key")


@pytest.mark.parametrize("conn_type", FORM_FIELDS)
def test_declared_fields_are_json_schema_and_explained(conn_type: str) -> None:
    for name, field in FORM_FIELDS[conn_type].items():
        jsonschema.Draft7Validator.check_schema(field["schema"])
        assert re.fullmatch(r"[a-z_]+", name)
        assert "__" not in name
        assert field["label"]
        assert field["description"].endswith(".")
        assert "null" in field["schema"]["type"], f"{name} could not be left empty"


@pytest.mark.parametrize("conn_type", FORM_FIELDS)
def test_secret_fields_are_those_that_airflow_masks(conn_type: str) -> None:
    for name, field in FORM_FIELDS[conn_type].items():
        is_secret = field["schema"].get("format") == "password"
        assert is_secret == bool(SECRET_NAME.search(name)), name
        assert should_hide_value_for_key(name) == is_secret, name
        assert (name in SECRET_FIELDS) == is_secret, name


@pytest.mark.parametrize("conn_type", FORM_FIELDS)
def test_every_field_of_the_form_is_read(conn_type: str, set_connection: SetConnection) -> None:
    """Each field, filled in, changes the client; a field that changes nothing would mislead who fills it in."""
    values: dict[str, Any] = {
        "region": "cn-somewhere",
        "project_id": "p" * 32,
        "workspace_id": "w-1",
        "security_token": "SessionToken0001",
        "x_auth_token": "AuthToken000001",
        "use_vpc_endpoints": True,
        "endpoint": "https://all.example.com",
        "proxy": "http://proxy.example.com:3128",
        "ca_bundle": "/ca.pem",
        "timeout": 17,
        "connect_timeout": 3,
    }
    hook_class = BY_TYPE[conn_type]

    def view(**extra: Any) -> tuple[Any, ...]:
        """All that a connection decides, without the keys when the token is to be used."""
        keys = {} if "x_auth_token" in extra else {"login": "id", "password": "secret"}
        set_connection("viewed", conn_type=conn_type, extra=extra, **keys)
        hook = hook_class("viewed")
        client = hook.get_conn()
        key = getattr(client.signer, "key", None)
        token = key.session_token if isinstance(key, AccessKey) else type(client.signer).__name__
        workspace = hook.workspace_id if isinstance(hook, HuaweiCloudHook) else None
        settings = client.transport.settings
        network = (settings.timeout, settings.connect_timeout, settings.proxy, settings.ca_bundle)
        return (client.endpoints, network, token, workspace, type(client.project).__name__)

    empty = view()
    for name in FORM_FIELDS[conn_type]:
        value = values.get(name, "https://one.example.com")
        assert view(**{name: value}) != empty, f"{name} changes nothing"


class StubField:
    """What the form library keeps of a field."""

    def __init__(self, label: str, description: str = "") -> None:
        self.label = label
        self.description = description


class StubString(StubField): ...


class StubPassword(StubField): ...


class StubBoolean(StubField): ...


@pytest.fixture
def form_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library that drew the form of Airflow 3.1; newer versions come without it."""
    module = ModuleType("wtforms")
    vars(module).update(StringField=StubString, PasswordField=StubPassword, BooleanField=StubBoolean)
    monkeypatch.setitem(sys.modules, "wtforms", module)


@pytest.mark.usefixtures("form_library")
@pytest.mark.parametrize("hook_class", HOOKS)
def test_form_of_airflow_3_1_shows_the_declared_fields(hook_class: type[CloudHook]) -> None:
    declared = FORM_FIELDS[hook_class.conn_type]
    widgets = hook_class.get_connection_form_widgets()
    assert list(widgets) == list(declared)
    for name, widget in widgets.items():
        assert (widget.label, widget.description) == (declared[name]["label"], declared[name]["description"])
        secret = declared[name]["schema"].get("format") == "password"
        assert isinstance(widget, StubPassword) == secret
        assert isinstance(widget, StubBoolean) == ("boolean" in declared[name]["schema"]["type"])


@pytest.mark.parametrize("hook_class", HOOKS)
def test_behaviour_of_airflow_3_1_is_the_declared_one(hook_class: type[CloudHook]) -> None:
    declared = FORM_BEHAVIOUR[hook_class.conn_type]
    asked = hook_class.get_ui_field_behaviour()
    assert {name.replace("_", "-"): value for name, value in asked.items()} == declared


def test_hooks_are_those_that_provider_info_names() -> None:
    for entry in provider_info()["connection-types"]:
        hook = BY_TYPE[entry["connection-type"]]
        assert entry["hook-class-name"] == f"{hook.__module__}.{hook.__name__}"
        assert entry["hook-name"] == hook.hook_name


@pytest.mark.parametrize("hook_class", HOOKS)
def test_connection_gives_its_hook(hook_class: type[CloudHook], set_connection: SetConnection) -> None:
    set_connection("typed", conn_type=hook_class.conn_type, login="id", password="secret")
    hook = Connection.get("typed").get_hook()
    assert type(hook) is hook_class
    assert hook.conn_id == "typed"


ASK_THE_UI = """
import json, sys
from airflow.api_fastapi.core_api.services.ui.connections import HookMetaService

found = {}
for one in HookMetaService.hook_meta_data():
    if (one.connection_type or "").startswith("cloudflows_"):
        found[one.connection_type] = one.model_dump(mode="json")
print(json.dumps({"types": found, "modules": [name for name in sys.modules if name.startswith("airflow_provider_c")]}))
"""


def test_web_ui_shows_the_form_without_importing_a_hook() -> None:
    answer = subprocess.run([sys.executable, "-c", ASK_THE_UI], capture_output=True, text=True, check=True)
    told = json.loads(answer.stdout.splitlines()[-1])
    assert set(told["types"]) == set(FORM_FIELDS)
    for conn_type, meta in told["types"].items():
        assert meta["hook_name"] == BY_TYPE[conn_type].hook_name
        assert list(meta["extra_fields"]) == list(FORM_FIELDS[conn_type])
        for name, field in meta["extra_fields"].items():
            secret = FORM_FIELDS[conn_type][name]["schema"].get("format") == "password"
            assert (field["schema"].get("format") == "password") == secret
            assert field["schema"]["title"] == FORM_FIELDS[conn_type][name]["label"]
        assert meta["standard_fields"]["host"]["hidden"]
        assert meta["standard_fields"]["password"]["title"] == FORM_BEHAVIOUR[conn_type]["relabeling"]["password"]
    if Version(airflow_version) >= Version("3.3"):  # older versions import every hook to draw its form
        assert set(told["modules"]) == {"airflow_provider_cloudflows", "airflow_provider_cloudflows.provider_info"}
