"""What the operators do that bring something that exists to a state in several steps: check, go, show where it is.

An operator says which request is the last step, and which come before it. Where a later try goes on is the business of
:mod:`airflow_provider_cloudflows.provisioning.in_steps`.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from airflow_provider_cloudflows.links.base import CONSOLE_URL
from airflow_provider_cloudflows.operators.base import SettlingOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_cloudflows.calls.resource import Id
    from airflow_provider_cloudflows.hooks.base import CloudHook
    from airflow_provider_cloudflows.provisioning.in_steps import Way

__all__ = ["StepwiseOperator"]


class StepwiseOperator(SettlingOperator):
    """Base of those operators. The task returns the id, so that what follows depends on the state.

    What the service shows when it has arrived goes to XCom key ``response``, as plain JSON in the vendor's spelling.
    """

    def way(self, request: Any) -> Way:
        """Return the steps that lead there; ``request`` is the last."""
        raise NotImplementedError

    def console_url(self, request: Any, hook: CloudHook) -> str:
        """Return where the console shows the resource, or an empty text."""
        raise NotImplementedError

    def work(self, context: Context) -> Id:
        """Go the steps that are left, and return the id."""
        from airflow_provider_cloudflows.operators.intent import store_of
        from airflow_provider_cloudflows.provisioning.in_steps import go  # no DAG file goes anywhere

        with closing(self._checked_hook()) as hook:
            request, client = self._request(hook), hook.get_conn()
            context["ti"].xcom_push(key=CONSOLE_URL, value=self.console_url(request, hook))
            flow = go(client, store_of(context, self.task_id), self.way(request), **self.protocol_settings())
            item = client.transport.run(flow, self.stoppable())
            context["ti"].xcom_push(key="response", value=item.document())
            resource_id: Id = request.resource_id
            return resource_id

    def dry_run(self) -> None:
        """Log the requests that a run would send, without secrets; sends nothing."""
        with closing(self._checked_hook()) as hook:
            for step in self.way(self._request(hook)).steps:
                self.log.info("It would send:\n%s", hook.get_conn().preview(step))
