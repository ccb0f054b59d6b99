"""What every operator of the two clouds has: a connection, a region, and errors that Airflow understands.

Arguments that several operators share are declared once, in the bases that they belong to, with explicit signatures:
Airflow reads the whole method resolution order when it maps a task. The template fields are derived from the
signatures. What an operator does with the cloud is the business of one module for each verb.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import timedelta
from enum import Enum
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import BaseOperator

from airflow_provider_cloudflows.base_errors import CloudflowsError, InvalidParameter
from airflow_provider_cloudflows.forms import ALIBABA_DEFAULT_CONNECTION, HUAWEI_DEFAULT_CONNECTION
from airflow_provider_cloudflows.operators.literals import (
    broken_rules,
    is_given,
    is_literal,
    is_undecided,
    plain_argument,
    seconds_of,
    structure,
    validated,
)
from airflow_provider_cloudflows.operators.retries import checked_retry_on, policy_argument, raised_for_airflow

if TYPE_CHECKING:
    from airflow.sdk import Context
    from jinja2 import Environment

    from airflow_provider_cloudflows.hooks.alibaba import AlibabaCloudHook
    from airflow_provider_cloudflows.hooks.base import CloudHook
    from airflow_provider_cloudflows.hooks.huawei import HuaweiCloudHook
    from airflow_provider_cloudflows.transport.flow import Stop

__all__ = ["AlibabaOperator", "CloudOperator", "HuaweiOperator", "RequestOperator", "SettlingOperator", "loaded"]

PACKAGE = __name__.partition(".")[0]

REQUIRED = inspect.Parameter.empty
"""Stands for the default of an argument that has none."""


def templated_arguments(operator: type[Any]) -> Iterator[tuple[type[Any], str, Any]]:
    """Yield who declares it, name and default of each templated argument of ``operator``, its own first."""
    for base in operator.__mro__:
        for name, default in declared_arguments(base).items():
            if name not in operator.not_templated:
                yield base, name, default


@cache
def declared_arguments(base: type[Any]) -> Mapping[str, Any]:
    """Return the defaults of the keyword arguments that a class itself declares; a required one has ``REQUIRED``.

    Those of Airflow's own classes are its business. The names are read off the code: to make a signature of each
    ``__init__``, as Airflow does too, would be a good part of what an operator costs a DAG file.
    """
    if "__init__" not in vars(base) or base is object or base.__module__.startswith("airflow."):
        return {}
    init = inspect.unwrap(vars(base)["__init__"])
    positional, keyword_only = init.__code__.co_argcount, init.__code__.co_kwonlyargcount
    names = init.__code__.co_varnames[positional : positional + keyword_only]
    return {name: (init.__kwdefaults__ or {}).get(name, REQUIRED) for name in names}


class CloudOperator(BaseOperator):
    """Base of all operators.

    An empty text for an argument whose default is None, from a template or a default of the DAG's params too, means
    that it is not given; one that has another default says what it takes. A template, or another task's output, that
    gives None found nothing, at whatever depth of an argument: the task fails before it calls anybody. Text without a
    template is sent as it is written, with native rendering too. Sequences, mappings, dates, ``Decimal``, ``UUID`` and
    ``Enum`` are sent by their JSON form, see :func:`~airflow_provider_cloudflows.calls.json_form.json_form`.

    :param region: region id; stronger than the connection's.
    :param retry_on: names of error classes that are worth the task's ``retries`` although a retry seldom helps, for
        example ``["PermissionDenied", "NotFound"]`` where grants and new workspaces take a moment to be known.
    :param retry_policy: by default, what a retry cannot help fails on the first try, and a throttled task comes back
        when the server said (Airflow 3.3 and newer; older versions fail the former and keep their settings otherwise).
    """

    not_templated: ClassVar[Collection[str]] = ("retry_on", "retry_policy")
    text_arguments: ClassVar[Collection[str]] = ("region",)
    cloud: ClassVar[str]
    argument_defaults: ClassVar[Mapping[str, Any]] = {}
    ui_color = "#e8f4f8"

    region: str | None
    _is_rendered = False
    _stop: Stop | None = None
    _was_killed = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        arguments = list(templated_arguments(cls))
        cls.template_fields = tuple(dict.fromkeys(name for _, name, _ in arguments))
        # What a class outside of this package declares is its own business.
        ours = [argument for argument in arguments if argument[0].__module__.partition(".")[0] == PACKAGE]
        cls.argument_defaults = {name: default for _, name, default in ours}

    def __init__(
        self,
        *,
        region: str | None = None,
        retry_on: Collection[str] | None = (),
        retry_policy: Any = None,
        **kwargs: Any,
    ) -> None:
        names = checked_retry_on(retry_on, f"{type(self).__name__} {kwargs.get('task_id')!r}")
        # The policy is a named argument, so that Airflow fills it from a DAG's default_args; older versions know none.
        super().__init__(**policy_argument(retry_policy, names), **kwargs)
        self.region = region
        self.retry_on = names

    def execute(self, context: Context) -> Any:
        """Do the work of the operator."""
        return self.guarded(lambda: self.work(context))

    def guarded(self, work: Callable[[], Any]) -> Any:
        """Return what ``work`` does; its failures become what Airflow understands."""
        try:
            return work()
        except CloudflowsError as error:
            raised = raised_for_airflow(error, self.retry_on)
            if raised is error:
                raise
            raise raised from error
        finally:
            self._stop, self._was_killed = None, False  # one process may run several tries, as a DAG's test does

    def stoppable(self) -> Stop:
        """Return what :meth:`on_kill` asks, which may have been called already."""
        from airflow_provider_cloudflows.transport.flow import Stop  # no DAG file is stopped

        if self._stop is None:
            self._stop = Stop()
        if self._was_killed:
            self._stop.ask()
        return self._stop

    def on_kill(self) -> None:
        """Send nothing any more: Airflow calls this from a signal handler, and goes on with the task after it."""
        self._was_killed = True
        if self._stop is not None:
            self._stop.ask()

    def work(self, context: Context) -> Any:
        """Do the work of the operator; every failure is a :class:`CloudflowsError`."""
        raise NotImplementedError

    def render_template(
        self,
        content: Any,
        context: Context,
        jinja_env: Environment | None = None,
        seen_oids: set[int] | None = None,
    ) -> Any:
        """Render as Airflow does; keep text without a template as it is, and mark what was found to be nothing."""
        from airflow_provider_cloudflows.operators import rendering  # no DAG file renders

        environment = jinja_env or self.get_template_env()
        if isinstance(content, str) and not self._is_rendered_text(content, environment):
            return content
        rendered = super().render_template(content, context, environment, seen_oids)
        return rendering.marked(content, rendering.resolved(rendered))

    def _is_rendered_text(self, text: str, environment: Environment) -> bool:
        from airflow_provider_cloudflows.operators.rendering import Nothing, holds_template

        if isinstance(text, Nothing):
            return False
        return holds_template(text, environment) or text.endswith(tuple(self.template_ext))

    def check_rendered(self) -> None:
        """Check all arguments, which are known now; the first step of every run.

        :raises InvalidParameter: also where a template found nothing.
        """
        from airflow_provider_cloudflows.operators.rendering import places_of_nothing, unmarked

        for name in self.template_fields:
            if name not in self.argument_defaults:
                setattr(self, name, unmarked(getattr(self, name)))
            for place, nothing in places_of_nothing(getattr(self, name), name):
                raise InvalidParameter(
                    f"{self._where()} got {place}={nothing.rendered!r}: its template rendered to nothing "
                    f"({nothing.written}); check that the XCom, variable or parameter that it names exists, or let it "
                    "render to an empty text where nothing is meant."
                )
        self._is_rendered = True
        self.check_literals()

    def check_literals(self) -> None:
        """Check the arguments that are known already; the last step of every ``__init__``.

        :raises InvalidParameter: naming the argument, its value and the rule, which fails the import of the DAG.
        """
        for name, default in self.argument_defaults.items():
            if hasattr(self, name):  # a subclass may come to it later
                self._take_argument(name, default)
        for name in self.text_arguments:
            value = getattr(self, name)
            if self.is_known(value) and not (isinstance(value, str) or value is self.argument_defaults[name]):
                raise InvalidParameter(f"{self._got(name, value)}: it is a text.")

    def is_known(self, value: Any) -> bool:
        """Tell whether ``value`` is what the operator works with, since it was rendered or needs no rendering."""
        return self._is_rendered or is_literal(value)

    def check_exactly_one(self, *names: str) -> None:
        """Check that exactly one of the arguments ``names`` is given, as soon as it is decided."""
        values = {name: getattr(self, name) for name in names}
        given = [name for name in names if is_given(values[name])]
        if len(given) != 1 and not is_undecided(values, names, self.is_known):
            raise InvalidParameter(
                f"{self._where()} needs exactly one of {' and '.join(names)}, not {'both' if given else 'neither'}; "
                "correct the task."
            )

    def _take_argument(self, name: str, default: Any) -> None:
        """Put None in the place of an empty text, and the structure in the place of the JSON text that spells it."""
        written = value = getattr(self, name)
        if isinstance(value, Enum):
            value = value.value
        if default is None and not is_given(value):
            value = None
        if isinstance(value, str) and self.template_fields_renderers.get(name) == "json":
            value = self._structure(name, value)
        if value is not written:
            setattr(self, name, value)

    def _structure(self, name: str, text: str) -> Any:
        try:
            return structure(text, self.is_known)
        except ValueError as unreadable:
            raise InvalidParameter(
                f"{self._got_content(name, text)}, which is no valid JSON text ({unreadable}); "
                "pass a mapping or a list, its JSON text, or a template that ends with | tojson."
            ) from None

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

    def _got(self, name: str, value: Any) -> str:
        """Return how a message about the argument ``name`` begins."""
        from airflow_provider_cloudflows.transport.redact import excerpt  # a DAG file whose arguments fit shows none

        return f"{self._where()} got {name}={excerpt(repr(value), 80)}"

    def _got_content(self, name: str, value: Any) -> str:
        """The same for what is sent: a template may have read a secret for it, so only its type is shown then."""
        if self._is_rendered:
            return f"{self._where()} got {name}=<{type(value).__name__}>"
        return self._got(name, value)


class AlibabaOperator(CloudOperator):
    """Works on Alibaba Cloud.

    :param alibabacloud_conn_id: the Airflow connection.
    """

    text_arguments = ("region", "alibabacloud_conn_id")
    cloud = "alibaba"

    def __init__(self, *, alibabacloud_conn_id: str = ALIBABA_DEFAULT_CONNECTION, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.alibabacloud_conn_id = alibabacloud_conn_id

    def make_hook(self) -> AlibabaCloudHook:
        """Return the hook for the operator's connection and region."""
        from airflow_provider_cloudflows.hooks.alibaba import AlibabaCloudHook  # a DAG file calls nobody

        return AlibabaCloudHook(self.alibabacloud_conn_id, region=self.region)


class HuaweiOperator(CloudOperator):
    """Works on Huawei Cloud.

    :param huaweicloud_conn_id: the Airflow connection.
    """

    text_arguments = ("region", "huaweicloud_conn_id")
    cloud = "huawei"

    def __init__(self, *, huaweicloud_conn_id: str = HUAWEI_DEFAULT_CONNECTION, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.huaweicloud_conn_id = huaweicloud_conn_id

    def make_hook(self) -> HuaweiCloudHook:
        """Return the hook for the operator's connection and region."""
        from airflow_provider_cloudflows.hooks.huawei import HuaweiCloudHook  # a DAG file calls nobody

        return HuaweiCloudHook(self.huaweicloud_conn_id, region=self.region)


class RequestOperator(CloudOperator):
    """Base of the operators that send one request.

    :cvar request_path: the request to send, module and name; its fields are the operator's arguments of the same names.
    :cvar argument_names: operator argument by request field, where Airflow has taken the field's name.
    :cvar filled_at_run: fields that :meth:`complete` may fill, so that they may be missing at parse time.
    """

    request_path: ClassVar[str]
    argument_names: ClassVar[Mapping[str, str]] = {}
    filled_at_run: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def request_type(cls) -> Any:
        """Return the class of the request."""
        return loaded(cls.request_path)

    def request_class(self) -> Any:
        """Return the class of the request that this operator sends; its arguments may choose among several."""
        return self.request_type()

    @classmethod
    def kind(cls) -> str:
        """Return what kind of thing the request is about, for example ``DataWorks workflow``."""
        request = cls.request_type()
        return f"{request.service.title} {request.resource_type().title}"

    def check_literals(self) -> None:
        """Check the settings of the protocol and the vendor's rules, too."""
        super().check_literals()
        self.check_protocol_settings()
        problem = broken_rules(
            self.request_class(), self.values(), self.argument_names, self._where(), self.filled_at_run, self.is_known
        )
        if problem is not None:
            raise problem

    def protocol_settings(self) -> dict[str, Any]:
        """Return the settings of the protocol that the operator's arguments hold."""
        return {}

    def check_protocol_settings(self) -> None:
        """Check those settings; a template among them is checked when it is rendered."""

    def values(self) -> dict[str, Any]:
        """Return the operator's arguments by request field, as plain JSON; what is not known yet is a template."""
        names = {field: self.argument_names.get(field, field) for field in self.request_class().model_fields}
        return {field: plain_argument(getattr(self, name), name, self._where()) for field, name in names.items()}

    def complete(self, values: dict[str, Any], hook: Any) -> dict[str, Any]:
        """Return ``values`` with what only the connection or the cloud knows."""
        return values

    def _checked_hook(self) -> CloudHook:
        self.check_rendered()
        return self.make_hook()

    def _request(self, hook: CloudHook) -> Any:
        values = self.complete(self.values(), hook)
        return validated(self.request_class(), values, self.argument_names, self._where())


class SettlingOperator(RequestOperator):
    """Base of the operators that look for what a request did.

    :param settle: seconds, or a ``timedelta``, after which lists and reads are certain to show what was done; the
        promise of "never twice" holds while the service is faster than that.
    """

    def __init__(self, *, settle: float | timedelta | str = 5.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.settle = settle

    def protocol_settings(self) -> dict[str, Any]:
        """Return ``settle``, too."""
        return {**super().protocol_settings(), "settle": seconds_of(self.settle)}

    def check_protocol_settings(self) -> None:
        """Check ``settle``, too; a template is checked when it is rendered."""
        super().check_protocol_settings()
        if self.is_known(self.settle) and seconds_of(self.settle) is None:
            raise InvalidParameter(
                f"{self._got('settle', self.settle)}: it is a number of seconds, 0 or more, or a timedelta."
            )


def loaded(path: str) -> Any:
    """Return the object at ``path``, module and name: models are imported when an operator of theirs is used."""
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)
