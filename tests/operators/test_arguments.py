"""What an operator checks when the DAG is parsed, and what it leaves for later."""

from __future__ import annotations

import inspect
import textwrap
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG, BaseOperator, XComArg

from airflow_provider_cloudflows.errors import InvalidParameter
from airflow_provider_cloudflows.operators.base import CloudOperator
from airflow_provider_cloudflows.operators.bpstudio.task import CreateBPStudioTaskOperator
from airflow_provider_cloudflows.operators.dataworks.business import CreateBusinessOperator
from airflow_provider_cloudflows.operators.dataworks.data_service_group import CreateDataServiceGroupOperator
from airflow_provider_cloudflows.operators.fabric.workspace import CreateFabricWorkspaceOperator
from airflow_provider_cloudflows.operators.secmaster.workflow import CreateSecMasterWorkflowOperator
from tests.airflow_names import DagBag
from tests.operators.material import OPERATORS, Kind

BUSINESS = {"business_name": "b", "project_id": 1}
GROUP = {"group_name": "g", "project_id": 1, "api_gateway_group_id": "a", "description": "d"}
TASK = {"task_name": "t", "app_id": "a", "process_id": "p"}
WORKFLOW = {"name": "w", "aop_type": "NORMAL", "dataclass_name": "Alert"}
FABRIC = {"name": "lake"}
KINDS = pytest.mark.parametrize("kind", OPERATORS, ids=[kind.operator.__name__ for kind in OPERATORS])


def signatures(operator: type[CloudOperator]) -> Iterator[tuple[type[Any], inspect.Parameter]]:
    """Yield every argument of ours, beside the class that declares it."""
    for base in operator.__mro__:
        if issubclass(base, CloudOperator) and "__init__" in vars(base):
            for name, parameter in inspect.signature(vars(base)["__init__"]).parameters.items():
                if name not in ("self", "kwargs"):
                    yield base, parameter


@KINDS
def test_every_argument_is_templated(kind: Kind) -> None:
    own = {parameter.name for _, parameter in signatures(kind.operator)}
    assert set(kind.operator.template_fields) == own - {"retry_on", "retry_policy"}
    alternatives = {"project_identifier", "dataclass_id", "existing_task_id"}
    assert set(kind.operator.template_fields) - alternatives == set(kind.required) | set(kind.optional)
    assert {"region", kind.conn_id} <= own


@KINDS
def test_every_argument_is_declared_once_explained_and_typed(kind: Kind) -> None:
    declared = [parameter.name for _, parameter in signatures(kind.operator)]
    assert len(declared) == len(set(declared))
    for owner, parameter in signatures(kind.operator):
        assert f":param {parameter.name}:" in (owner.__doc__ or "")
        assert parameter.annotation is not inspect.Parameter.empty
        assert parameter.kind is inspect.Parameter.KEYWORD_ONLY


@KINDS
def test_every_documented_parameter_of_the_vendor_is_an_argument(kind: Kind) -> None:
    named = {kind.operator.argument_names.get(name, name) for name in kind.operator.request_type().model_fields}
    assert named <= set(kind.operator.template_fields)


@KINDS
def test_template_renderers_name_template_fields(kind: Kind) -> None:
    assert set(kind.operator.template_fields_renderers) <= set(kind.operator.template_fields)


@KINDS
def test_required_arguments_are_required(kind: Kind) -> None:
    for name in kind.required:
        rest = {other: value for other, value in kind.required.items() if other != name}
        with pytest.raises((TypeError, InvalidParameter), match=name):
            kind.operator(task_id="x", **rest)


Bad = tuple[type[BaseOperator], dict[str, Any], list[str]]

BAD: list[Bad] = [
    (CreateBusinessOperator, {**BUSINESS, "business_name": ""}, ["business_name=''", "must not be empty"]),
    (CreateBusinessOperator, {**BUSINESS, "business_name": "  "}, ["business_name=' '", "must not be empty"]),
    (CreateBusinessOperator, {**BUSINESS, "use_type": "WEEKLY"}, ["use_type='WEEKLY'", "'NORMAL' or 'MANUAL_BIZ'"]),
    (CreateBusinessOperator, {**BUSINESS, "project_id": 0}, ["project_id=0", "greater than or equal to 1"]),
    (CreateBusinessOperator, {**BUSINESS, "project_id": "ten"}, ["project_id='ten'", "valid integer"]),
    (CreateBusinessOperator, {**BUSINESS, "business_owner": ["x"]}, ["business_owner", "valid string"]),
    (CreateBusinessOperator, {"business_name": "b"}, ["exactly one of project_id and project_identifier", "neither"]),
    (
        CreateBusinessOperator,
        {**BUSINESS, "project_identifier": "p"},
        ["exactly one of project_id and project_identifier", "both"],
    ),
    (CreateDataServiceGroupOperator, {**GROUP, "description": ""}, ["description=''", "must not be empty"]),
    (CreateDataServiceGroupOperator, {**GROUP, "api_gateway_group_id": ""}, ["api_gateway_group_id=''", "empty"]),
    (CreateDataServiceGroupOperator, {**GROUP, "group_name": ""}, ["group_name=''", "empty"]),
    (CreateDataServiceGroupOperator, {**GROUP, "tenant_id": "x"}, ["tenant_id='x'", "integer"]),
    (CreateBPStudioTaskOperator, {**TASK, "task_name": ""}, ["task_name=''", "empty"]),
    (CreateBPStudioTaskOperator, {**TASK, "app_id": ""}, ["app_id=''", "empty"]),
    (CreateBPStudioTaskOperator, {**TASK, "process_id": ""}, ["process_id=''", "empty"]),
    (CreateBPStudioTaskOperator, {**TASK, "variables": ["a"]}, ["variables", "valid dictionary"]),
    (CreateSecMasterWorkflowOperator, {**WORKFLOW, "aop_type": "SCAN"}, ["aop_type='SCAN'", "'HEMOSTASIS'"]),
    (CreateSecMasterWorkflowOperator, {**WORKFLOW, "labels": "HOST"}, ["labels='HOST'", "'ACCOUNT' or 'DOMAIN'"]),
    (CreateSecMasterWorkflowOperator, {**WORKFLOW, "workspace_id": "a/b"}, ["workspace_id='a/b'", "1 to 64 letters"]),
    (CreateSecMasterWorkflowOperator, {**WORKFLOW, "project_id": "a b"}, ["project_id='a b'", "1 to 64 letters"]),
    (CreateSecMasterWorkflowOperator, {**WORKFLOW, "name": ""}, ["name=''", "empty"]),
    (CreateSecMasterWorkflowOperator, {**WORKFLOW, "engine_type": ""}, ["engine_type=''", "empty"]),
    (
        CreateSecMasterWorkflowOperator,
        {"name": "w", "aop_type": "NORMAL"},
        ["exactly one of dataclass_id and dataclass_name", "neither"],
    ),
    (
        CreateSecMasterWorkflowOperator,
        {**WORKFLOW, "dataclass_id": "x"},
        ["exactly one of dataclass_id and dataclass_name", "both"],
    ),
    (CreateFabricWorkspaceOperator, {"name": "abc"}, ["name='abc'", "4 to 32 letters, digits and hyphens"]),
    (CreateFabricWorkspaceOperator, {"name": "a" * 33}, ["name='aaa", "4 to 32 letters"]),
    (CreateFabricWorkspaceOperator, {"name": "under_score"}, ["name='under_score'", "4 to 32 letters"]),
    (CreateFabricWorkspaceOperator, {"name": "line\n"}, ["name=", "4 to 32 letters"]),
    (CreateFabricWorkspaceOperator, {**FABRIC, "description": "d" * 256}, ["description=", "at most 255 characters"]),
    (CreateFabricWorkspaceOperator, {**FABRIC, "metastore_id": "short"}, ["metastore_id='short'", "32 to 36"]),
    (CreateFabricWorkspaceOperator, {**FABRIC, "tags": {"": "v"}}, ["tags[0].key=''", "1 to 128 characters"]),
    (CreateFabricWorkspaceOperator, {**FABRIC, "tags": {"k" * 129: "v"}}, ["tags[0].key=", "1 to 128 characters"]),
    (CreateFabricWorkspaceOperator, {**FABRIC, "tags": {"k": "a/b"}}, ["tags[0].value='a/b'", "at most 255"]),
    (CreateFabricWorkspaceOperator, {**FABRIC, "tags": [{"key": "k", "value": "v" * 256}]}, ["tags[0].value=", "255"]),
    (CreateFabricWorkspaceOperator, {**FABRIC, "tags": {"{{ ds }}": "v"}}, ["tags[0].key='{{ ds }}'"]),  # not rendered
    (CreateFabricWorkspaceOperator, {**FABRIC, "tags": [{"value": "v"}]}, ["tags[0].key is required"]),
    (CreateFabricWorkspaceOperator, {**FABRIC, "tags": "team"}, ["tags='team'", "no valid JSON text", "| tojson"]),
]


@pytest.mark.parametrize(("operator", "arguments", "said"), BAD)
def test_bad_literal_names_argument_value_and_rule(
    operator: type[BaseOperator], arguments: dict[str, Any], said: list[str]
) -> None:
    with pytest.raises(InvalidParameter) as caught:
        operator(task_id="make_it", **arguments)
    text = caught.value.sentence()
    assert text.startswith(f"{operator.__name__} 'make_it' ")
    assert "\n" not in text
    assert not [part for part in said if part not in text], text


GOOD: list[tuple[type[BaseOperator], dict[str, Any]]] = [
    (CreateBusinessOperator, {"business_name": "日报 +&", "project_identifier": "dw_project"}),
    (CreateBusinessOperator, {**BUSINESS, "project_id": "10000", "use_type": "NORMAL"}),
    (CreateBusinessOperator, {**BUSINESS, "project_id": 2**63 - 1, "business_owner": "1"}),
    (CreateBPStudioTaskOperator, {**TASK, "variables": {"${n}": 3, "${l}": ["a"], "${b}": True, "${none}": None}}),
    (CreateSecMasterWorkflowOperator, {"name": "w", "aop_type": "EASE", "dataclass_id": "e410ae50"}),
    (CreateSecMasterWorkflowOperator, {**WORKFLOW, "labels": "DOMAIN", "engine_type": "their_engine"}),
    (CreateFabricWorkspaceOperator, {"name": "a-2B"}),
    (CreateFabricWorkspaceOperator, {"name": "a" * 32, "description": "d" * 255, "tags": {}}),
    (CreateFabricWorkspaceOperator, {**FABRIC, "tags": {"k" * 128: "v" * 255, "a b\t_.:\\=+-@": ""}}),
    (CreateFabricWorkspaceOperator, {**FABRIC, "tags": [{"key": "k", "value": "v"}, {"key": "only"}]}),
]


@pytest.mark.parametrize(("operator", "arguments"), GOOD)
def test_good_literal_passes(operator: type[BaseOperator], arguments: dict[str, Any]) -> None:
    assert operator(task_id="make_it", **arguments).task_id == "make_it"


@KINDS
def test_templates_and_outputs_pass_in_every_argument(kind: Kind) -> None:
    with DAG("later", schedule=None):
        earlier = BaseOperator(task_id="earlier")
        for unknown in (
            "{{ params.x }}",
            "{% if true %}x{% endif %}",
            earlier.output,
            XComArg(earlier, "key"),
        ):
            for name in {**kind.required, **kind.optional}:
                arguments = {**kind.required, **kind.optional, name: unknown}
                assert kind.operator(task_id=f"t{len(earlier.dag.tasks)}", **arguments)


def test_templates_inside_of_a_list_or_mapping_pass() -> None:
    with DAG("nested", schedule=None):
        earlier = BaseOperator(task_id="earlier")
        CreateFabricWorkspaceOperator(task_id="a", name="lake", tags={"team": "{{ a / b }}"})
        CreateFabricWorkspaceOperator(task_id="b", name="lake", tags=[{"key": "{{ a / b }}", "value": "v"}])
        from_earlier: Any = {"k": earlier.output}
        CreateFabricWorkspaceOperator(task_id="c", name="lake", tags=from_earlier)
        CreateBPStudioTaskOperator(task_id="d", **TASK, variables={"${n}": earlier.output, "${m}": "{{ 1 }}"})


def test_literal_beside_a_template_is_still_checked() -> None:
    with pytest.raises(InvalidParameter, match="use_type='WEEKLY'"):
        CreateBusinessOperator(task_id="x", business_name="{{ ds }}", project_id="{{ params.p }}", use_type="WEEKLY")
    tags = [{"key": "k", "value": "{{ v }}"}, {"key": "", "value": "v"}]
    with pytest.raises(InvalidParameter, match=r"tags\[1\].key=''"):
        CreateFabricWorkspaceOperator(task_id="x", name="{{ n }}", tags=tags)


def test_default_args_and_arguments_of_airflow_are_taken() -> None:
    defaults = {"project_id": 7, "alibabacloud_conn_id": "mine", "retries": 2, "owner": "me"}
    with DAG("defaults", schedule=None, default_args=defaults):
        operator = CreateBusinessOperator(task_id="x", business_name="b")
    assert (operator.project_id, operator.alibabacloud_conn_id, operator.retries) == (7, "mine", 2)
    assert (operator.owner, operator.business_owner) == ("me", None)


def test_secrets_of_a_long_value_are_cut() -> None:
    with pytest.raises(InvalidParameter) as caught:
        CreateFabricWorkspaceOperator(task_id="x", name="n" * 5000)
    assert len(str(caught.value)) < 400


def test_bad_literal_fails_the_import_of_the_dag(tmp_path: Path) -> None:
    (tmp_path / "broken_dag.py").write_text(
        textwrap.dedent("""
            from airflow.sdk import DAG
            from airflow_provider_cloudflows.operators.fabric.workspace import CreateFabricWorkspaceOperator

            with DAG("broken", schedule=None):
                CreateFabricWorkspaceOperator(task_id="lake", name="no spaces please")
        """)
    )
    bag = DagBag(dag_folder=str(tmp_path))
    (said,) = bag.import_errors.values()
    rule = "name='no spaces please': a name has 4 to 32 letters, digits and hyphens"
    assert f"CreateFabricWorkspaceOperator 'lake' breaks the vendor's rules: {rule}." in said


def test_parsing_reads_no_connection_and_warns_of_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for kind in OPERATORS:
            kind.operator(task_id="x", **kind.required, **{**kind.optional, kind.conn_id: "no_such_connection"})
