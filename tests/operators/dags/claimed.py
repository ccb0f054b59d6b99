"""Mapped creates without a model of their own, each of which claims its result, and another that does the same."""

from __future__ import annotations

from typing import Any

import pendulum
from airflow.sdk import DAG

from airflow_provider_cloudflows.operators.alibaba.api import AlibabaCloudApiOperator

FIND = {
    "action": "ListBusiness",
    "form": {"ProjectId": 10000, "PageNumber": 1, "PageSize": 10},
    "found_path": "Data.Business[0].BusinessId",
}
CREATE: dict[str, Any] = {
    "product": "dataworks",
    "version": "2020-05-18",
    "action": "CreateBusiness",
    "result_path": "BusinessId",
    "find": FIND,
}

with DAG("claimed", schedule=None, start_date=pendulum.datetime(2026, 1, 1), catchup=False):
    each = AlibabaCloudApiOperator.partial(task_id="each", **CREATE).expand(
        form=[{"ProjectId": 10000, "BusinessName": name} for name in ("a", "b")]
    )
    each >> AlibabaCloudApiOperator(task_id="other", form={"ProjectId": 10000, "BusinessName": "c"}, **CREATE)
