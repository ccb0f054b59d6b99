"""What every create operator does: check, send, hand on the answer.

A service's operator says which request it sends, which of its arguments fill it, what the id of the answer is and where
the console shows it. The order of the steps is here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import BaseOperator

from airflow_provider_cloudflows.errors import InvalidParameter
from airflow_provider_cloudflows.hooks.alibaba import AlibabaCloudHook
from airflow_provider_cloudflows.hooks.huawei import HuaweiCloudHook
from airflow_provider_cloudflows.links.base import CONSOLE_URL
from airflow_provider_cloudflows.operators.literals import broken_rules, validated

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_cloudflows.hooks.base import CloudHook

__all__ = ["AlibabaCreateOperator", "CreateOperator", "HuaweiCreateOperator"]

RENDERED_NONE = "None"


class CreateOperator(BaseOperator):
    """Base of the create operators.

    The id of the new resource is the task's return value; the whole answer goes to XCom key ``response``, as plain JSON
    in the vendor's spelling.

    :cvar request_type: the request to send; its fields are the operator's arguments of the same names.
    :cvar argument_names: operator argument by request field, where Airflow has taken the field's name.
    :cvar filled_at_run: fields that :meth:`complete` may fill, so that they may be missing at parse time.
    """

    request_type: ClassVar[type[Any]]
    argument_names: ClassVar[Mapping[str, str]] = {}
    filled_at_run: ClassVar[frozenset[str]] = frozenset()

    ui_color = "#e8f4f8"

    def check_literals(self) -> None:
        """Check the arguments that are known already; the last step of every ``__init__``.

        :raises InvalidParameter: naming the argument, its value and the rule, which fails the import of the DAG.
        """
        problem = self._problem()
        if problem is not None:
            raise problem

    def execute(self, context: Context) -> Any:
        """Create the resource and return its id."""
        self._refuse_rendered_nothing()
        self.check_literals()
        with closing(self.make_hook()) as hook:
            values = self.complete(self.values(), hook)
            request = validated(self.request_type, values, self.argument_names, self._where())
            created = hook.call(request)
        resource_id = self.resource_id(created)
        self.log.info("%s made %s (request id %s).", request.title, resource_id, created.request_id)
        context["ti"].xcom_push(key="response", value=created.document())
        context["ti"].xcom_push(key=CONSOLE_URL, value=self.console_url(request, hook))
        return resource_id

    def values(self) -> dict[str, Any]:
        """Return the operator's arguments by request field."""
        fields = self.request_type.model_fields
        return {field: getattr(self, self.argument_names.get(field, field)) for field in fields}

    def make_hook(self) -> CloudHook:
        """Return the hook that calls the cloud."""
        raise NotImplementedError

    def complete(self, values: dict[str, Any], hook: Any) -> dict[str, Any]:
        """Return ``values`` with what only the connection or the cloud knows."""
        return values

    def resource_id(self, created: Any) -> Any:
        """Return the id in ``created``, in the API's type."""
        raise NotImplementedError

    def console_url(self, request: Any, hook: CloudHook) -> str:
        """Return where the console shows the resource, or an empty text."""
        raise NotImplementedError

    def _problem(self) -> InvalidParameter | None:
        return broken_rules(self.request_type, self.values(), self.argument_names, self._where(), self.filled_at_run)

    def _refuse_rendered_nothing(self) -> None:
        """A template over an XCom that does not exist renders to the text ``None``, which would become a name."""
        for name in self.template_fields:
            if getattr(self, name) == RENDERED_NONE:
                raise InvalidParameter(
                    f"{self._where()} got {name}='None': its template rendered to nothing; check that the XCom, "
                    "variable or parameter that it names exists."
                )

    def _where(self) -> str:
        return f"{type(self).__name__} {self.task_id!r}"


class AlibabaCreateOperator(CreateOperator):
    """Creates on Alibaba Cloud."""

    alibabacloud_conn_id: str
    region: str | None

    def make_hook(self) -> AlibabaCloudHook:
        """Return the hook for the operator's connection and region."""
        return AlibabaCloudHook(self.alibabacloud_conn_id, region=self.region or None)


class HuaweiCreateOperator(CreateOperator):
    """Creates on Huawei Cloud."""

    huaweicloud_conn_id: str
    region: str | None

    def make_hook(self) -> HuaweiCloudHook:
        """Return the hook for the operator's connection and region."""
        return HuaweiCloudHook(self.huaweicloud_conn_id, region=self.region or None)
