"""What the sensors do that look by any request: read the state at a path, and tell a good end from a bad one."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from airflow_provider_cloudflows.errors import InvalidParameter
from airflow_provider_cloudflows.operators.any_request import AnyRequestOperator, texts_in
from airflow_provider_cloudflows.sensors.base import CloudSensor

if TYPE_CHECKING:
    from airflow_provider_cloudflows.calls.resource import Id, Resource

__all__ = ["ApiSensor"]


class ApiSensor(AnyRequestOperator, CloudSensor):
    """Base of the sensors that look by any request, which must read and do nothing else.

    What is not there yet is waited for: a "not found", a list too short for ``state_path``, an empty object or null on
    its way. An object that has other names and not the one that ``state_path`` wants, in five looks in a row, fails the
    task; with ``mode="reschedule"`` this takes Airflow 3.3, which lets a look know of those before. Airflow keeps the
    request while the task is deferred: put no secret there.

    :param state_path: where the answer shows the state: names and indexes such as ``Data.Items[0].Status``.
    :param good: the state, or states, that end the wait well; case and blanks at the ends say nothing.
    :param bad: the state, or states, that fail the task; all others go on.
    :param reason_path: where the answer tells why it ended as it did.
    :param if_absent: what such an object says: ``"fail"``, that ``state_path`` is wrong, or ``"wait"``, that the state
        is still to come.
    """

    def __init__(
        self,
        *,
        state_path: str,
        good: Collection[str] | str,
        bad: Collection[str] | str = (),
        reason_path: str | None = None,
        if_absent: str = "fail",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.state_path = state_path
        self.good = good
        self.bad = bad
        self.reason_path = reason_path
        self.if_absent = if_absent

    def check_literals(self) -> None:
        """Check the paths and the states, too."""
        super().check_literals()
        self.check_states(self._words())
        if self.is_known(self.if_absent):
            self.check_choice("if_absent", self.if_absent, ("fail", "wait"))
        from airflow_provider_cloudflows.calls.any_operation import RESULT  # loaded with the request that is checked

        texts = texts_in([getattr(self, name) for name in self.request_names])
        if any(RESULT in text for text in texts):
            raise InvalidParameter(f"{self._where()} got {RESULT} in its request, and a sensor has started nothing.")

    def watched(self, hook: Any) -> tuple[Resource, Id]:
        """Return what the request shows; messages call it by its operation."""
        if_absent = "wait" if self.if_absent == "wait" else "wait_for_it"
        work = self.work_shown_by(self.request_arguments(), self._words(), if_absent)
        return work, work.operation

    def _words(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("state_path", "good", "bad", "reason_path")}
