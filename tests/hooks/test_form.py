"""The connection form: declared once, the same on every Airflow version, secrets hidden, no hook imported for it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import jsonschema
import pytest
from airflow import __version__ as airflow_version
from airflow.sdk import Connection
from airflow.sdk._shared.secrets_masker import should_hide_value_for_key
from packaging.version import Version

from airflow_provider_cloudflows.auth.renewing import RenewingSigner
from airflow_provider_cloudflows.errors import ConfigurationError
from airflow_provider_cloudflows.forms import FIELD_USE, FORM_BEHAVIOUR, FORM_FIELDS
from airflow_provider_cloudflows.hooks.alibaba import AlibabaCloudHook
from airflow_provider_cloudflows.hooks.base import CloudHook
from airflow_provider_cloudflows.hooks.connection import SECRET_FIELDS
from airflow_provider_cloudflows.hooks.huawei import HuaweiCloudHook
from airflow_provider_cloudflows.provider_info import provider_info
from tests.airflow_versions import DRAWS_FORMS, MASKS_PROXIES
from tests.conftest import SetConnection

HOOKS: tuple[type[CloudHook], ...] = (AlibabaCloudHook, HuaweiCloudHook)
BY_TYPE = {hook.conn_type: hook for hook in HOOKS}
SECRET_NAME = re.compile(r"token|secret|password|proxy|key")


@pytest.mark.parametrize("conn_type", FORM_FIELDS)
def test_declared_fields_are_json_schema_and_explained(conn_type: str) -> None:
    for name, field in FORM_FIELDS[conn_type].items():
        jsonschema.Draft7Validator.check_schema(field["schema"])
        assert re.fullmatch(r"[a-z0-9_]+", name)
        assert "__" not in name
        assert field["label"]
        assert field["description"].endswith(".")
        assert "null" in field["schema"]["type"], f"{name} could not be left empty"


@pytest.mark.parametrize("conn_type", FORM_FIELDS)
def test_secret_fields_are_those_that_airflow_masks(conn_type: str) -> None:
    for name, field in FORM_FIELDS[conn_type].items():
        is_secret = field["schema"].get("format") == "password"
        assert is_secret == bool(SECRET_NAME.search(name)), name
        if name != "proxy" or MASKS_PROXIES:
            assert should_hide_value_for_key(name) == is_secret, name
        assert (name in SECRET_FIELDS) == is_secret, name


# What each way to obtain a credential cannot do without.
BASES: dict[str, dict[str, str]] = {
    "access_key": {},
    "session_token": {"security_token": "SessionToken0001"},
    "ram_role": {"role_arn": "acs:ram::1:role/a"},
    "oidc_role": {
        "role_arn": "acs:ram::1:role/a",
        "oidc_provider_arn": "acs:ram::1:oidc-provider/p",
        "oidc_file": "/t",
    },
    "credentials_uri": {"credentials_uri": "http://127.0.0.1:1/c"},
    "temporary_key": {"security_token": "SessionToken0001"},
    "token": {"x_auth_token": "AuthToken000001"},
    "password": {"domain_name": "acct", "region": "cn-north-4"},
    "agency": {"agency_name": "a", "agency_domain_name": "acct"},
    "sts_agency": {"agency_urn": "iam::1:agency:a", "region": "cn-north-4"},
    "oidc_federation": {"idp_id": "idp", "oidc_file": "/t"},
    "oidc_agency": {
        "oidc_provider_urn": "iam::1:oidc-provider:p",
        "agency_urn": "iam::1:agency:a",
        "oidc_file": "/t",
        "region": "cn-north-4",
    },
}
VALUES: dict[str, Any] = {
    "region": "cn-somewhere",
    "auth_type": "environment",
    "security_token": "SessionToken0002",
    "x_auth_token": "AuthToken000002",
    "use_vpc_endpoints": True,
    "allow_http": True,
    "allow_imds_v1": True,
    "proxy": "http://proxy.example.com:3128",
    "timeout": 17,
    "connect_timeout": 3,
    "requests_per_day": 100,
    "role_duration": 1000,
    "agency_duration": 1000,
    "role_policy": '{"Version": "1"}',
    "agency_policy": {"Version": "5.0"},
    "login_scope": "account",
    "agency_domain_id": "d" * 32,
    "agency_domain_name": "another",
    "credentials_uri": "https://credentials.example.com/c",
    "profile": "global",
}
# What else a field changes: an account is named in one way only, and a flag takes effect through another field.
WITH: dict[str, dict[str, Any]] = {
    "agency_domain_id": {"agency_domain_name": None},
    "allow_http": {"endpoint": "http://10.0.0.8:80"},
    "allow_imds_v1": {"auth_type": {"cloudflows_alibaba": "ecs_ram_role", "cloudflows_huawei": "ecs_agency"}},
    "login_scope": {"auth_type": {"cloudflows_huawei": "password"}},
    "x_auth_token": {"auth_type": {"cloudflows_huawei": "token"}},
}


def seen(conn_type: str, set_connection: SetConnection, extra: dict[str, Any]) -> tuple[Any, ...] | str:
    """All that a connection decides, or why it is refused."""
    keys = {} if extra.get("auth_type") == "token" else {"login": "id", "password": "secret"}
    set_connection("viewed", conn_type=conn_type, extra=extra, **keys)
    hook = BY_TYPE[conn_type]("viewed")
    try:
        client = hook.get_conn()
    except ConfigurationError as refused:
        return str(refused)
    workspace = hook.workspace_id if isinstance(hook, HuaweiCloudHook) else None
    settings = client.transport.settings
    network = (settings.timeout, settings.connect_timeout, settings.proxy, settings.ca_bundle, hook.requests_per_day)
    assert isinstance(client.signer, RenewingSigner)
    return (
        client.endpoints,
        network,
        hook.requests_per_day,
        client.signer.kept.key,
        workspace,
        type(client.project).__name__,
    )


@pytest.mark.parametrize(
    ("conn_type", "name"), [(conn_type, name) for conn_type, fields in FORM_FIELDS.items() for name in fields]
)
def test_every_field_of_the_form_is_read(conn_type: str, name: str, set_connection: SetConnection) -> None:
    """Each field, filled in, changes the client; a field that changes nothing would mislead who fills it in."""
    companions = dict(WITH.get(name, {}))
    default = next(iter(FIELD_USE[conn_type].get(name, ("access_key",))))
    auth_type = companions.pop("auth_type", {}).get(conn_type, "access_key" if default == "auto" else default)
    before = {"auth_type": auth_type, **BASES.get(auth_type, {}), **companions}
    without = {field: value for field, value in before.items() if value is not None}
    value = VALUES.get(name, "https://one.example.com")
    assert seen(conn_type, set_connection, without | {name: value}) != seen(conn_type, set_connection, without)


@pytest.mark.parametrize(
    ("conn_type", "name"), [(conn_type, name) for conn_type, uses in FIELD_USE.items() for name in uses]
)
def test_a_field_of_another_credential_is_refused_not_ignored(
    conn_type: str, name: str, set_connection: SetConnection
) -> None:
    refused = seen(conn_type, set_connection, {"auth_type": "environment", name: "x"})
    assert isinstance(refused, str)
    assert f"The field {name} of connection 'viewed' goes with auth_type {FIELD_USE[conn_type][name][0]}" in refused
    assert "its auth_type is environment; choose one of those, or empty the field" in refused
    help_text = FORM_FIELDS[conn_type][name]["description"]
    choices = FORM_FIELDS[conn_type]["auth_type"]["schema"]["values_display"]
    for auth_type in FIELD_USE[conn_type][name]:
        assert choices[auth_type].partition(":")[0] in help_text


@pytest.mark.parametrize("conn_type", FORM_FIELDS)
def test_the_untouched_form_means_the_same_as_an_empty_extra(conn_type: str, set_connection: SetConnection) -> None:
    """Airflow stores every field that it showed: nothing where there was no default."""
    untouched = {name: field["schema"].get("default") for name, field in FORM_FIELDS[conn_type].items()}
    assert seen(conn_type, set_connection, untouched) == seen(conn_type, set_connection, {})


@pytest.mark.parametrize("conn_type", FORM_FIELDS)
def test_choices_are_spelled_out_and_an_unknown_one_is_refused(conn_type: str, set_connection: SetConnection) -> None:
    schema = FORM_FIELDS[conn_type]["auth_type"]["schema"]
    assert schema["default"] == schema["enum"][0] == "auto"
    assert list(schema["values_display"]) == schema["enum"]
    refused = seen(conn_type, set_connection, {"auth_type": "kerberos"})
    kinds = ", ".join(schema["enum"])
    assert refused == f"[CF101] The field auth_type of connection 'viewed' is 'kerberos'; set it to one of {kinds}."


class StubField:
    """What the form library keeps of a field."""

    def __init__(
        self, label: str, validators: Sequence[Any] = (), description: str = "", default: object = None
    ) -> None:
        self.label = label
        self.validators = validators
        self.description = description
        self.default = default


class StubString(StubField): ...


class StubPassword(StubField): ...


class StubBoolean(StubField): ...


class StubInteger(StubField): ...


@pytest.fixture
def form_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library that drew the form of Airflow 3.1; newer versions come without it."""
    module, validators = ModuleType("wtforms"), ModuleType("wtforms.validators")
    vars(module).update(
        StringField=StubString, PasswordField=StubPassword, BooleanField=StubBoolean, IntegerField=StubInteger
    )
    vars(validators).update(any_of=tuple)
    monkeypatch.setitem(sys.modules, "wtforms", module)
    monkeypatch.setitem(sys.modules, "wtforms.validators", validators)


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
        assert isinstance(widget, StubInteger) == ("integer" in declared[name]["schema"]["type"])
        assert widget.validators == (
            [tuple(declared[name]["schema"]["enum"])] if "enum" in declared[name]["schema"] else []
        )
        assert widget.default == declared[name]["schema"].get("default")


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


@pytest.mark.skipif(not DRAWS_FORMS, reason="before 3.1.3 Airflow's forms need Flask-AppBuilder for any provider")
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
        package = "airflow_provider_cloudflows"
        assert set(told["modules"]) == {package, f"{package}.forms", f"{package}.provider_info"}
