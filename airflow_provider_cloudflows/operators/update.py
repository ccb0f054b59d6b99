"""What every update operator does: check, change what is known by its id, show what became of it.

A change may be sent twice, so it needs no record: a lost answer is followed by the same request. An operator says which
request it sends and which of its arguments fill it.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from airflow_provider_cloudflows.links.base import CONSOLE_URL
from airflow_provider_cloudflows.operators.base import RequestOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_cloudflows.calls.resource import Id
    from airflow_provider_cloudflows.hooks.base import CloudHook

__all__ = ["UpdateOperator"]


class UpdateOperator(RequestOperator):
    """Base of the update operators. The task returns the id, so that what follows depends on the change.

    What the service shows after the change goes to XCom key ``response``, as plain JSON in the vendor's spelling.
    """

    def work(self, context: Context) -> Id:
        """Change the resource, and return its id."""
        with closing(self._checked_hook()) as hook:
            request = self._request(hook)
            client, resource = hook.get_conn(), request.resource()
            client.transport.run(client.flow(request), self.stoppable())
            self.log.info("%s changed %s %s.", request.title, resource.title, request.resource_id)
            push = context["ti"].xcom_push
            push(key=CONSOLE_URL, value=self.console_url(request, hook))
            answer = client.transport.run(client.flow(resource.reading(request.resource_id)), self.stoppable())
            push(key="response", value=resource.item_of(answer, request.resource_id).document())
            resource_id: Id = request.resource_id
            return resource_id

    def dry_run(self) -> None:
        """Log the request that a run would send, without secrets; sends nothing."""
        with closing(self._checked_hook()) as hook:
            self.log.info("The update request:\n%s", hook.get_conn().preview(self._request(hook)))

    def console_url(self, request: Any, hook: CloudHook) -> str:
        """Return where the console shows the resource, or an empty text."""
        raise NotImplementedError
