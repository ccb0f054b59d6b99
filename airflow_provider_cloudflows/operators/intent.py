"""The record of a create in Airflow's task state store, which survives retries, a killed worker and a manual clear.

The store is also what keeps two tries apart: it takes no write of a try whose task instance is not there any more,
because the task was cleared or is being retried.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from airflow_provider_cloudflows.errors import IntentNotKept, InvalidParameter, Superseded

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator, Context

__all__ = ["TaskStateStore", "check_it_is_the_only_one", "store_of"]

log = logging.getLogger(__name__)

INTENT = "cloudflows_intent"
"""Key of the record; the id of the operator's own task follows, since one task may run several operators."""

TOKEN = "cloudflows_token"
"""Key of what tells the work of this task instance from all other work; the operator's id follows here, too."""

EMPTY_LOOKS = "cloudflows_empty_looks"
"""Key of what a sensor that is rescheduled remembers from one look to the next; its id follows here, too."""

NOT_THERE_ANY_MORE = frozenset({404, 409, 410})


class TaskStateStore:
    """Keeps the record of one operator.

    :param accessor: ``context["task_state_store"]``.
    :param operator_id: the operator's task id.
    :param task_id: id of the task that runs it.
    :param try_number: which try of that task this is.
    """

    def __init__(self, accessor: Any, operator_id: str, task_id: str, try_number: int) -> None:
        self._accessor = accessor
        self._key = f"{INTENT}/{operator_id}"
        self._token_key = f"{TOKEN}/{operator_id}"
        self._looks_key = f"{EMPTY_LOOKS}/{operator_id}"
        self._is_the_task = operator_id == task_id
        self._try_number = try_number

    def read(self) -> dict[str, Any] | None:
        """Return the record, or None."""
        record: dict[str, Any] | None = self._accessor.get(self._key)
        if record is None and self._is_the_task:
            record = self._accessor.get(INTENT)  # where the first release kept it
        if record is None and self._try_number > 1:
            log.warning(
                "Try %d finds no record of an earlier one: it sent nothing, or the task state store was emptied. What "
                "exists is found by its name alone.",
                self._try_number,
            )
        return record

    def token(self) -> str | None:
        """Return what :meth:`keep_token` kept, or None."""
        token: str | None = self._accessor.get(self._token_key)
        return token

    def keep_token(self, token: str) -> None:
        """Keep what tells the work of this task instance from all other work, as :meth:`write` keeps the record."""
        self._keep(self._token_key, token)

    def empty_looks(self, number: int) -> int:
        """Return how many looks in a row, up to the one before look ``number``, showed nothing."""
        kept: dict[str, int] = self._accessor.get(self._looks_key) or {}
        return kept.get("in_a_row", 0) if kept.get("last") == number - 1 else 0

    def keep_empty_looks(self, number: int, in_a_row: int) -> None:
        """Keep that look ``number`` showed nothing, and how many in a row that makes."""
        self._keep(self._looks_key, {"last": number, "in_a_row": in_a_row})

    def write(self, intent: dict[str, Any]) -> None:
        """Keep the record; it goes with the DAG run, not after a number of days.

        :raises Superseded: when another try has taken the place of this one, or nobody watches it any more.
        :raises IntentNotKept: when the store did not take it for another reason.
        """
        self._keep(self._key, intent)

    def _keep(self, key: str, value: Any) -> None:
        from airflow.sdk.exceptions import AirflowRuntimeError
        from airflow.sdk.execution_time.context import NEVER_EXPIRE

        try:
            self._accessor.set(key, value, retention=NEVER_EXPIRE)
        except AirflowRuntimeError as failure:
            detail = failure.error.detail or {}
            if detail.get("status_code") in NOT_THERE_ANY_MORE:
                raise Superseded(
                    "This try has lost its place to another one, or its task was removed; it sends nothing any more."
                ) from failure
            raise IntentNotKept(
                f"Airflow's task state store did not take the record of this create ({failure}), so nothing more was "
                "sent; try again when the API server works."
            ) from failure
        except (EOFError, OSError) as failure:
            raise Superseded(
                "The supervisor of this try is gone, so that another try may have its place; it sends nothing any more."
            ) from failure


def store_of(context: Context, operator_id: str) -> TaskStateStore | None:
    """Return where the record of an operator is kept between tries, or None where Airflow keeps none.

    :param operator_id: the operator's task id.
    """
    accessor = context.get("task_state_store")
    if accessor is None:
        return None
    ti = context["ti"]
    return TaskStateStore(accessor, operator_id, ti.task_id, ti.try_number)


class Running:
    """The task that this process runs, and the operators that make something in it, by their own task ids."""

    def __init__(self, ti: Any = None) -> None:
        self.ti = ti
        self.operators: dict[str, BaseOperator] = {}


_running = Running()


def check_it_is_the_only_one(operator: BaseOperator, context: Context) -> None:
    """Check that no other operator of the same id makes something in this task: they would share one record.

    A task may run several operators, in a loop for example; what the second is to make would be taken for made.

    :raises InvalidParameter: another one has run before.
    """
    global _running
    if _running.ti is not context["ti"]:
        _running = Running(context["ti"])
    first = _running.operators.setdefault(operator.task_id, operator)
    if first is not operator:
        raise InvalidParameter(
            f"{type(operator).__name__} {operator.task_id!r} is the second operator of this id in task "
            f"{context['ti'].task_id!r}; give each a task_id of its own, by which a retry finds what it made."
        )
