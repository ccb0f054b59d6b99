"""What every operator of the two clouds has: a connection, a region, and errors that Airflow understands.

Arguments that several operators share are declared once, in the bases that they belong to, with explicit signatures:
Airflow reads the whole method resolution order when it maps a task. The template fields are derived from the
signatures. What an operator does with the cloud is the business of one module for each verb.
"""

from __future__ import annotations

import inspect
from collections.abc import Collection, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import BaseOperator

from airflow_provider_cloudflows.errors import CloudflowsError, InvalidParameter
from airflow_provider_cloudflows.forms import ALIBABA_DEFAULT_CONNECTION, HUAWEI_DEFAULT_CONNECTION
from airflow_provider_cloudflows.operators.retries import checked_retry_on, policy_argument, raised_for_airflow

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_cloudflows.hooks.alibaba import AlibabaCloudHook
    from airflow_provider_cloudflows.hooks.base import CloudHook
    from airflow_provider_cloudflows.hooks.huawei import HuaweiCloudHook

__all__ = ["AlibabaOperator", "CloudOperator", "HuaweiOperator", "loaded"]


def templated_arguments(operator: type[Any]) -> Iterator[str]:
    """Yield the named arguments of ``operator``, its own first, that an author may want to compute."""
    for base in operator.__mro__:
        if base is BaseOperator:
            return
        if "__init__" in vars(base):
            for parameter in inspect.signature(vars(base)["__init__"]).parameters.values():
                if parameter.kind is parameter.KEYWORD_ONLY and parameter.name not in operator.not_templated:
                    yield parameter.name


class CloudOperator(BaseOperator):
    """Base of all operators.

    :param region: region id; stronger than the connection's.
    :param retry_on: names of error classes that are worth the task's ``retries`` although a retry seldom helps, for
        example ``["PermissionDenied", "NotFound"]`` where grants and new workspaces take a moment to be known.
    :param retry_policy: by default, what a retry cannot help fails on the first try, and a throttled task comes back
        when the server said (Airflow 3.3 and newer; older versions fail the former and keep their settings otherwise).
    """

    not_templated: ClassVar[Collection[str]] = ("retry_on", "retry_policy")
    ui_color = "#e8f4f8"

    region: str | None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.template_fields = tuple(dict.fromkeys(templated_arguments(cls)))

    def __init__(
        self, *, region: str | None = None, retry_on: Collection[str] = (), retry_policy: Any = None, **kwargs: Any
    ) -> None:
        # The policy is a named argument, so that Airflow fills it from a DAG's default_args; older versions know none.
        super().__init__(**policy_argument(retry_policy, retry_on), **kwargs)
        self.region = region
        self.retry_on = checked_retry_on(retry_on, self._where())

    def execute(self, context: Context) -> Any:
        """Do the work of the operator."""
        try:
            return self.work(context)
        except CloudflowsError as error:
            raised = raised_for_airflow(error, self.retry_on)
            if raised is error:
                raise
            raise raised from error

    def work(self, context: Context) -> Any:
        """Do the work of the operator; every failure is a :class:`CloudflowsError`."""
        raise NotImplementedError

    def make_hook(self) -> CloudHook:
        """Return the hook for the operator's connection and region."""
        raise NotImplementedError

    def check_choice(self, name: str, value: str, choices: tuple[str, ...]) -> None:
        """Check that ``value`` is one of ``choices``."""
        if value not in choices:
            offered = " or ".join(repr(choice) for choice in choices)
            raise InvalidParameter(f"{self._where()} got {name}={value!r}: it offers {offered}.")

    def _where(self) -> str:
        return f"{type(self).__name__} {self.task_id!r}"


class AlibabaOperator(CloudOperator):
    """Works on Alibaba Cloud.

    :param alibabacloud_conn_id: the Airflow connection.
    """

    def __init__(self, *, alibabacloud_conn_id: str = ALIBABA_DEFAULT_CONNECTION, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.alibabacloud_conn_id = alibabacloud_conn_id

    def make_hook(self) -> AlibabaCloudHook:
        """Return the hook for the operator's connection and region."""
        from airflow_provider_cloudflows.hooks.alibaba import AlibabaCloudHook  # a DAG file calls nobody

        return AlibabaCloudHook(self.alibabacloud_conn_id, region=self.region or None)


class HuaweiOperator(CloudOperator):
    """Works on Huawei Cloud.

    :param huaweicloud_conn_id: the Airflow connection.
    """

    def __init__(self, *, huaweicloud_conn_id: str = HUAWEI_DEFAULT_CONNECTION, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.huaweicloud_conn_id = huaweicloud_conn_id

    def make_hook(self) -> HuaweiCloudHook:
        """Return the hook for the operator's connection and region."""
        from airflow_provider_cloudflows.hooks.huawei import HuaweiCloudHook  # a DAG file calls nobody

        return HuaweiCloudHook(self.huaweicloud_conn_id, region=self.region or None)


def loaded(path: str) -> Any:
    """Return the object at ``path``, module and name: models are imported when an operator of theirs is used."""
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)
