"""One DAG that passes values between task processes, and fails or waits when its params say so."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from airflow.providers.common.compat.sdk import AirflowFailException, BaseOperator, BaseOperatorLink, Context
from airflow.sdk import DAG, Param, task


class ThingLink(BaseOperatorLink):
    name = "Thing"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        return f"https://console.example/{ti_key.task_id}"


class CreateThingOperator(BaseOperator):
    """Looks like one of the provider's operators to the report."""

    template_fields = ("thing",)

    def __init__(self, *, thing: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.thing = thing

    def execute(self, context: Context) -> str:
        context["ti"].xcom_push(key="response", value={"name": self.thing, "pid": os.getpid()})
        return f"id-of-{self.thing}"


@task
def tell(thing_id: str, params: dict[str, Any] | None = None) -> None:
    assert params is not None
    print("received", thing_id)
    if params["fail"]:
        raise AirflowFailException(params["fail"])
    if params["wait_at"]:
        Path(params["wait_at"]).write_text(str(os.getpid()))
        time.sleep(600)


# The start date and the schedule would make a scheduler run it by itself, if that were not switched off.
with DAG(
    "probe",
    schedule="@daily",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=True,
    params={"thing": Param("thing"), "fail": Param(""), "wait_at": Param("")},
):
    single = CreateThingOperator(task_id="create_single", thing="{{ params.thing }}")
    mapped = CreateThingOperator.partial(task_id="create_many").expand(thing=["left", "right"])
    single >> mapped
    tell(single.output)
