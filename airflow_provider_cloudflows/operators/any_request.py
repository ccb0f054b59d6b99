"""What operators and sensors have in common that send any request of an author's: its arguments, and further requests.

Of a literal everything is checked when the DAG is parsed, by the same class that sends it. A further request, which
looks, searches or cancels, is a mapping of the same names, and goes to the same service unless it names its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_cloudflows.base_errors import InvalidParameter
from airflow_provider_cloudflows.calls.paths import check_path
from airflow_provider_cloudflows.operators.base import AlibabaOperator, CloudOperator, HuaweiOperator
from airflow_provider_cloudflows.operators.literals import plain_argument

if TYPE_CHECKING:
    from airflow_provider_cloudflows.calls.any_operation import AnyRequest
    from airflow_provider_cloudflows.calls.any_work import AnyWork
    from airflow_provider_cloudflows.transport.effect import Effect

__all__ = ["AlibabaRequestOperator", "AnyRequestOperator", "HuaweiRequestOperator", "texts_in"]

Words = Mapping[str, Any]
"""Arguments of a request, or what an author says of one, by name."""

JSON_ARGUMENTS = ("query", "form", "body", "find", "wait_for")
"""Arguments that may be JSON text."""


class AnyRequestOperator(CloudOperator):
    """Base of operators and sensors that send any request.

    :cvar request_names: arguments of a request.
    :cvar required_names: those that none can do without.
    :cvar service_names: those that say which service it goes to; a further request names all of them, or none.
    :cvar defaults_of_reads: what a further request that reads may leave out.
    """

    request_names: ClassVar[tuple[str, ...]]
    required_names: ClassVar[tuple[str, ...]]
    service_names: ClassVar[tuple[str, ...]]
    defaults_of_reads: ClassVar[Words] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.template_fields_renderers = {name: "json" for name in JSON_ARGUMENTS if name in cls.template_fields}

    def request_arguments(self) -> dict[str, Any]:
        """Return the arguments of the operator's own request, as plain JSON."""
        return {name: plain_argument(getattr(self, name), name, self._where()) for name in self.request_names}

    def further_arguments(self, words: Words, place: str, *, reads: bool) -> dict[str, Any]:
        """Return the arguments of a further request, as plain JSON.

        :param words: what the author says of it; other names than a request's are somebody else's.
        :param place: what messages call it.
        :raises InvalidParameter: it lacks an argument.
        """
        given = {name: value for name, value in words.items() if name in self.request_names and value is not None}
        if not given.keys() & set(self.service_names):
            given |= {name: getattr(self, name) for name in self.service_names}
        if reads:
            given = {**self.defaults_of_reads, **given}
        for name in self.required_names:
            if name not in given:
                raise InvalidParameter(f"{self._where()} got {place} without {name}, which names the request.")
        return {name: plain_argument(value, f"{place}.{name}", self._where()) for name, value in given.items()}

    def make_request(self, arguments: Words, effect: Effect | None = None) -> AnyRequest:
        """Return the request.

        :raises InvalidParameter: it breaks a rule that holds for any request.
        """
        from airflow_provider_cloudflows.calls.any_operation import any_request

        for name, value in arguments.items():
            kind, said = (Mapping, "a mapping") if name in ("query", "form") else (str, "a text")
            if (
                name not in ("body", "json_parameters", "refused_codes")
                and value is not None
                and not isinstance(value, kind)
            ):
                raise InvalidParameter(f"{self._got_content(name, value)}: it is {said}.")
        try:
            return any_request(self.cloud, arguments, effect)
        except InvalidParameter as invalid:
            raise InvalidParameter(f"{self._where()} cannot send its request: {invalid.sentence()}") from None

    def check_literals(self) -> None:
        """Check the request, too, if all of it is known."""
        super().check_literals()
        if all(self.is_known(getattr(self, name)) for name in self.request_names):
            self.make_request(self.request_arguments())

    def check_names(self, words: Any, place: str, required: Collection[str], optional: Collection[str] = ()) -> None:
        """Check that a mapping about a further request has the names that it should, beside those of a request."""
        if not isinstance(words, Mapping):
            raise InvalidParameter(f"{self._got(place, words)}: it is a mapping.")
        offered = [*self.request_names, *required, *optional]
        unknown = [name for name in words if name not in offered]
        if unknown:
            raise InvalidParameter(
                f"{self._where()} got {place} with {', '.join(map(str, unknown))}: it takes {', '.join(offered)}."
            )
        for name in required:
            if words.get(name) is None:
                raise InvalidParameter(f"{self._where()} got {place} without {name}.")

    def check_states(self, words: Words, place: str = "") -> None:
        """Check how a wait is told where the state is and what it means, as far as that is known.

        :param place: the argument that holds ``words``; empty where they are arguments themselves.
        """
        prefix = f"{place}." if place else ""
        for name in ("state_path", "reason_path"):
            if words.get(name) is not None and self.is_known(words[name]):
                check_path(words[name], f"{self._where()}: {prefix}{name}")
        good, bad = words.get("good"), words.get("bad")
        if not (self.is_known(good) and self.is_known(bad)):
            return
        ends, failures = (self._states(value, f"{prefix}{name}") for value, name in ((good, "good"), (bad, "bad")))
        if not ends:
            raise InvalidParameter(f"{self._where()} got no {prefix}good: without a good state no wait ends well.")
        both = {one.strip().casefold() for one in ends} & {one.strip().casefold() for one in failures}
        if both:
            raise InvalidParameter(
                f"{self._where()} got {', '.join(sorted(both))} in {prefix}good and in {prefix}bad; case says nothing."
            )

    def _states(self, value: Any, name: str) -> list[str]:
        states = [value] if isinstance(value, str) else value or ()
        is_list = isinstance(states, (list, tuple, set, frozenset))
        if not is_list or not all(isinstance(one, str) and one.strip() for one in states):
            raise InvalidParameter(f"{self._got(name, value)}: it is a list of states.")
        return sorted(states)

    def work_shown_by(self, poll: Words, words: Words, if_absent: str, cancel: Words | None = None) -> AnyWork:
        """Return the work that the request ``poll`` shows, told what its states mean by ``words``.

        :param if_absent: what looks that show no state say, see :class:`~..any_work.AnyWork`.
        """
        from airflow_provider_cloudflows.calls.any_work import AnyWork

        return AnyWork(
            {
                "cloud": self.cloud,
                "poll": dict(poll),
                "state_path": words["state_path"],
                "good": self._states(words["good"], "good"),
                "bad": self._states(words.get("bad"), "bad"),
                "reason_path": words.get("reason_path"),
                "cancel": None if cancel is None else dict(cancel),
                "if_absent": if_absent,
            }
        )


class AlibabaRequestOperator(AlibabaOperator, AnyRequestOperator):
    """Sends any request of Alibaba Cloud's RPC style.

    :param product: product code, as in its host name: ``ecs`` for ``ecs.{region}.aliyuncs.com``.
    :param version: API version, for example ``2014-05-26``.
    :param action: operation, for example ``DescribeRegions``.
    :param query: parameters of the query string: a mapping, or its JSON text.
    :param form: parameters of the form body, likewise; None sends no body. Lists and objects travel in the vendor's
        flat form.
    :param json_parameters: names in ``query`` and ``form`` whose values travel as JSON text.
    :param host: host name of a product that has no regional one, such as ``cdn.aliyuncs.com``.
    """

    request_names = ("product", "version", "action", "query", "form", "json_parameters", "host")
    required_names = ("product", "version", "action")
    service_names = ("product", "version", "host")

    def __init__(
        self,
        *,
        product: str,
        version: str,
        action: str,
        query: Mapping[str, Any] | str | None = None,
        form: Mapping[str, Any] | str | None = None,
        json_parameters: Collection[str] = (),
        host: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.product = product
        self.version = version
        self.action = action
        self.query = query
        self.form = form
        self.json_parameters = json_parameters
        self.host = host
        self.check_literals()


class HuaweiRequestOperator(HuaweiOperator, AnyRequestOperator):
    """Sends any request of Huawei Cloud's REST style.

    :param service: host prefix: ``ecs`` for ``ecs.{region}.myhuaweicloud.com``.
    :param method: HTTP method.
    :param path: path; ``{project_id}`` takes the caller's project, everything else must be encoded already.
    :param query: parameters of the query string: a mapping, or its JSON text.
    :param body: JSON body: a mapping or a list, or its JSON text; None sends none.
    :param host: host name of a service that has no regional one, such as ``cdn.myhuaweicloud.com``.
    """

    request_names = ("service", "method", "path", "query", "body", "host")
    required_names = ("service", "method", "path")
    service_names = ("service", "host")
    defaults_of_reads: ClassVar[Words] = {"method": "GET"}

    def __init__(
        self,
        *,
        service: str,
        path: str,
        method: str = "GET",
        query: Mapping[str, Any] | str | None = None,
        body: Any = None,
        host: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.service = service
        self.method = method
        self.path = path
        self.query = query
        self.body = body
        self.host = host
        self.check_literals()


def texts_in(value: Any) -> Iterator[str]:
    """Yield each text in ``value``, at whatever depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key in value:
            yield from texts_in(value[key])
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from texts_in(item)
