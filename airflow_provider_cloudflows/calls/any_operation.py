"""Any operation that has no model of its own, signed, sent and judged like the ones that have."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_cloudflows.base_errors import InvalidParameter
from airflow_provider_cloudflows.calls.answers import Response
from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.json_form import json_form
from airflow_provider_cloudflows.calls.models import Document
from airflow_provider_cloudflows.calls.service import Service, named_host, region_required, regional_host
from airflow_provider_cloudflows.transport.effect import Effect

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_cloudflows.transport.message import Message, Reply
    from airflow_provider_cloudflows.transport.outcome import ErrorTable, Refusal

__all__ = ["RESULT", "AlibabaRequest", "AnyAnswer", "AnyRequest", "HuaweiRequest", "any_request", "filled_in"]


RESULT = "{result}"
"""Stands in the arguments of a request for the id of what another one started."""


ERROR_DOCUMENT = frozenset({"error_code", "error_msg", "request_id", "solution_msg", "encoded_authorization_message"})
"""The fields of Huawei Cloud's error document."""


class AnyAnswer(Response):
    """An answer without a model of its own: every field is kept, ``document()`` returns them.

    The items of an answer that is a JSON list are in ``items``.
    """

    list_field: ClassVar[str | None] = "items"


class AlibabaRequest(Call[AnyAnswer]):
    """Any other operation of Alibaba Cloud's RPC style, signed and judged like the ones that have a model.

    Lists and objects travel in the vendor's flat form, as its official SDK sends them: ``form={"Tag": [{"Key": "a"}]}``
    is ``Tag.1.Key=a``. A few operations read a parameter as JSON text instead: ``Variables`` of BPStudio's CreateTask,
    ``Tags`` of DataWorks' ListProjects. The page of such an operation shows the value as JSON, and the SDK's request
    class has a field ``…_shrink`` for it; name it in ``json_parameters``. Booleans are ``true`` and ``false``, and what
    is None is not sent.

    :param product: product code, as in its host name: ``ecs`` for ``ecs.{region}.aliyuncs.com``.
    :param version: API version, for example ``2014-05-26``.
    :param action: operation, for example ``DescribeRegions``.
    :param query: parameters of the query string.
    :param form: parameters of the form body; None sends no body.
    :param effect: what sending it twice would do; the default is the careful one.
    :param json_parameters: names in ``query`` and ``form`` whose values travel as JSON text; by default none.
    :param host: host name of a product that has no regional one, such as ``cdn.aliyuncs.com``; a field
        ``<product>_endpoint`` of the connection, or its endpoint for all services, is stronger.
    :param refused_codes: codes by which the product says that it did nothing; ``*`` stands for any characters. What the
        gateway's own codes say is known.
    :raises InvalidParameter: ``json_parameters`` has a name that neither of the two has, or two parameters would get
        the same flat name.
    """

    service: Service
    operation: str
    effect: Effect

    def __init__(
        self,
        *,
        product: str,
        version: str,
        action: str,
        query: Mapping[str, Any] | None = None,
        form: Mapping[str, Any] | None = None,
        effect: Effect = Effect.CREATE,
        json_parameters: Collection[str] = (),
        host: str | None = None,
        refused_codes: Collection[str] = (),
    ) -> None:
        from airflow_provider_cloudflows.calls.rpc_wire import flattened  # only who makes a request needs it

        def regional(region: str | None, vpc: bool) -> str:
            return f"{product}{'-vpc' if vpc else ''}.{region_required(region, product)}.aliyuncs.com"

        errors = _with_refusals(_alibaba_errors, refused_codes)
        self.service = Service(product.lower(), product, named_host(host) if host else regional, errors)
        self.operation = action
        self.effect = effect
        self.version = version
        query, form = json_form(query, "query"), json_form(form, "form")
        whole = {json_parameters} if isinstance(json_parameters, str) else set(json_parameters)
        unknown = whole - set(query or {}) - set(form or {})
        if unknown:
            raise InvalidParameter(
                f"{product} {action}: json_parameters names {', '.join(sorted(unknown))}, which query and form lack."
            )
        self.query = None if query is None else flattened(query, whole)
        self.form = None if form is None else flattened(form, whole)

    def parameters(self) -> Document:
        """Return every parameter of the request as plain JSON."""
        return {"version": self.version, "query": self.query, "form": self.form}

    def message(self, origin: str, project_id: str | None) -> Message:
        """Serialize this request."""
        from airflow_provider_cloudflows.calls.rpc_wire import rpc_message  # no DAG file sends anything

        return rpc_message(origin, self.operation, self.version, form=self.form, query=self.query)

    def refusal(self, reply: Reply, document: Document) -> Refusal | None:
        """All rules at once: the gateway's errors, ``Success: false``, and a success that holds an error alone."""
        # No DAG file reads an answer.
        from airflow_provider_cloudflows.calls.rpc_wire import bare_refusal, flag_refusal

        return flag_refusal(reply, document) or bare_refusal(reply, document)


class HuaweiRequest(Call[AnyAnswer]):
    """Any other operation of Huawei Cloud's REST style, signed and judged like the ones that have a model.

    :param service: host prefix: ``ecs`` for ``ecs.{region}.myhuaweicloud.com``.
    :param method: HTTP method.
    :param path: path; ``{project_id}`` takes the caller's project, everything else must be encoded already.
    :param query: parameters of the query string; a list repeats its name, a mapping gives it one ``key=value`` each.
    :param body: JSON body; None sends none. Dates and the like: :func:`~..json_form.json_form`.
    :param effect: what sending it twice would do; by default a GET reads and everything else is taken for a create.
    :param host: host name of a service that has no regional one, such as ``cdn.myhuaweicloud.com``; a field
        ``<service>_endpoint`` of the connection, or its endpoint for all services, is stronger. Such a service belongs
        to no project, so a project is looked up only where the path names one.
    :param refused_codes: codes by which the service says that it did nothing; ``*`` stands for any characters. What the
        gateway's own codes say is known.
    """

    uses_project: bool  # type: ignore[misc]  # a class variable of the requests that have a model

    service: Service
    operation: str
    effect: Effect

    def __init__(
        self,
        *,
        service: str,
        method: str,
        path: str,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        effect: Effect | None = None,
        host: str | None = None,
        refused_codes: Collection[str] = (),
    ) -> None:
        if not path.startswith("/") or "?" in path or "#" in path:
            raise InvalidParameter(
                f"path must start with / and hold neither ? nor #, got {path!r}; use query= for parameters."
            )
        rule = named_host(host) if host else regional_host(service, service)
        self.service = Service(service.lower(), service, rule, _with_refusals(_huawei_errors, refused_codes))
        self.uses_project = host is None or "{project_id}" in path
        self.method = method.upper()
        self.operation = f"{self.method} {path}"
        self.effect = effect or (Effect.READ if self.method == "GET" else Effect.CREATE)
        self.path = path
        self.query = json_form(query, "query")
        self.body = json_form(body, "body")

    def parameters(self) -> Document:
        """Return every parameter of the request as plain JSON."""
        return {"method": self.method, "path": self.path, "query": self.query, "body": self.body}

    def message(self, origin: str, project_id: str | None) -> Message:
        """Serialize this request."""
        # No DAG file sends anything.
        from airflow_provider_cloudflows.calls.rest_wire import project_required, rest_message
        from airflow_provider_cloudflows.transport.message import encode_segment

        if "{project_id}" in self.path:
            project_required(project_id, self.service)
        path = self.path.replace("{project_id}", encode_segment(project_id or ""))
        return rest_message(self.method, origin, path, project_id, query=self.query, body=self.body)

    def refusal(self, reply: Reply, document: Document) -> Refusal | None:
        """Any HTTP status below 300 is success, unless an envelope says ``success: false`` or holds an error alone.

        A field ``error_code`` beside others may well be a part of what was asked for, such as a run that failed.
        """
        # No DAG file reads an answer.
        from airflow_provider_cloudflows.calls.rest_wire import document_refusal, make_refusal

        refusal = document_refusal(reply, document)
        if refusal is None and document.get("success") is False:
            return make_refusal(reply, document, document.get("code"), document.get("message"))
        if refusal is None and document.get("error_code") and document.keys() <= ERROR_DOCUMENT:
            return make_refusal(reply, document, document["error_code"], document.get("error_msg"))
        return refusal

    def empty_answer(self, reply: Reply) -> Document | None:
        """Many deletes answer 2xx without a body."""
        return {} if 200 <= reply.status < 300 else None


AnyRequest = AlibabaRequest | HuaweiRequest


def any_request(cloud: str, arguments: Mapping[str, Any], effect: Effect | None = None) -> AnyRequest:
    """Return the request that ``arguments`` describe, by the names that the class of the cloud takes.

    :param cloud: ``alibaba`` or ``huawei``.
    :param effect: what sending it twice would do; None takes the default of the class.
    :raises InvalidParameter: what the class refuses.
    """
    given = {name: value for name, value in arguments.items() if value is not None}
    if effect is not None:
        given["effect"] = effect
    return AlibabaRequest(**given) if cloud == "alibaba" else HuaweiRequest(**given)


def filled_in(arguments: Mapping[str, Any], resource_id: int | str) -> Document:
    """Return the arguments of a request in which ``{result}`` is the id.

    A value that is nothing but ``{result}`` becomes the id in its own type; in a path it is one segment.
    """
    from airflow_provider_cloudflows.transport.message import encode_segment  # no DAG file sends anything

    filled: Document = {name: _filled(value, resource_id) for name, value in arguments.items()}
    if isinstance(arguments.get("path"), str):
        filled["path"] = arguments["path"].replace(RESULT, encode_segment(str(resource_id)))
    return filled


def _filled(value: Any, resource_id: int | str) -> Any:
    if isinstance(value, Mapping):
        return {key: _filled(item, resource_id) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, resource_id) for item in value]
    if value == RESULT:
        return resource_id
    return value.replace(RESULT, str(resource_id)) if isinstance(value, str) else value


def _with_refusals(gateway: Callable[[], ErrorTable], codes: Collection[str]) -> Callable[[], ErrorTable]:
    """Return what gives the meaning of the gateway's codes, and of ``codes``, which all refuse."""
    if not codes:
        return gateway

    def errors() -> ErrorTable:
        from airflow_provider_cloudflows.errors import InvalidRequest  # only a call that failed asks for it

        return {**dict.fromkeys([codes] if isinstance(codes, str) else codes, InvalidRequest), **gateway()}

    return errors


def _alibaba_errors() -> ErrorTable:
    from airflow_provider_cloudflows.calls.rpc_wire import gateway_errors  # only a call that failed asks for it

    return gateway_errors()


def _huawei_errors() -> ErrorTable:
    from airflow_provider_cloudflows.calls.rest_wire import gateway_errors  # only a call that failed asks for it

    return gateway_errors()
