"""What every delete operator does: check, make sure that this DAG run made it, make sure that it is gone.

An operator says which request it sends and which of its arguments fill it. What to believe of the answers is the
business of :mod:`airflow_provider_cloudflows.provisioning`; what the creates of the DAG run say of an id, of
:mod:`.origin`.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from airflow_provider_cloudflows.base_errors import InvalidParameter
from airflow_provider_cloudflows.operators.base import SettlingOperator
from airflow_provider_cloudflows.operators.literals import flag_of

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_cloudflows.hooks.base import CloudHook
    from airflow_provider_cloudflows.operators.origin import Place
    from airflow_provider_cloudflows.provisioning.removal import Remover

__all__ = ["DeleteOperator"]


class DeleteOperator(SettlingOperator):
    """Base of the delete operators. The task returns whether the resource was there.

    A delete that got no answer is followed by a look, and sent again while the resource is there. A "not found" is
    believed when it is proven, as everywhere.

    It works ``as_teardown(setups=create)``, and takes the id from the create's output. Where no id arrives since the
    create did not run, or failed before it made anything, there is nothing to delete, and the task says so and
    succeeds. Where the create failed and something may exist all the same, the task fails and names it. Airflow skips a
    teardown all of whose setups failed: what those may have left, their own errors say.

    It goes by the id alone: a resource that somebody renamed meanwhile is still the one that the create made. The ids
    of SecMaster and Fabric are UUIDs, those of DataWorks numbers; that none is used again is likely, and promised by
    neither vendor. So beware of an id that was kept for long, which only ``only_if_made=False`` deletes.

    :param if_missing: what to do when it is gone already: ``"ok"`` is content with that, ``"fail"`` raises
        :class:`~..errors.NotFound`; the retry of a try that was killed after its delete left meets that, too.
    :param only_if_made: delete only what a create upstream of this task says that this DAG run made (XCom key
        ``how``), and refuse with :class:`~..errors.DeleteRefused` what it took over, or what none of them knows. Below
        Airflow 3.3 a create that is tried again cannot tell its own from what it finds, so this refuses that too.
    """

    def __init__(self, *, if_missing: str = "ok", only_if_made: bool | str = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.if_missing = if_missing
        self.only_if_made = only_if_made

    def protocol_settings(self) -> dict[str, Any]:
        """Return ``if_missing``, too."""
        return {**super().protocol_settings(), "if_missing": self.if_missing}

    def check_protocol_settings(self) -> None:
        """Check both; a template is checked when it is rendered."""
        super().check_protocol_settings()
        if self.is_known(self.if_missing):
            self.check_choice("if_missing", self.if_missing, ("ok", "fail"))
        if self.is_known(self.only_if_made) and flag_of(self.only_if_made) is None:
            raise InvalidParameter(f"{self._got('only_if_made', self.only_if_made)}: it is True or False.")

    def work(self, context: Context) -> bool:
        """Make sure that the resource is gone, and return whether it was there."""
        from airflow_provider_cloudflows.operators.origin import Upstream  # no DAG file deletes anything

        upstream = Upstream(self, context)
        if self._got_no_id() and self.if_missing == "ok":
            reason = upstream.why_there_is_no_id(self.kind())
            if reason is not None:
                self.log.info("%s: there is nothing to delete: %s.", self._where(), reason)
                return False
        with closing(self._checked_hook()) as hook:
            request = self._request(hook)
            if flag_of(self.only_if_made):
                upstream.check_it_was_made(self.kind(), request.resource_id, self._place(request, hook))
            return self._remover(hook).remove(request, self.stoppable())

    def dry_run(self) -> None:
        """Log what a run would do and the request it would send, without secrets; looks, and deletes nothing."""
        with closing(self._checked_hook()) as hook:
            request = self._request(hook)
            self.log.info("%s would %s.", self._where(), self._remover(hook).plan(request))
            self.log.info("The delete request:\n%s", hook.get_conn().preview(request))

    def _got_no_id(self) -> bool:
        """Tell whether the id is a template, or another task's output, that gave None."""
        from airflow_provider_cloudflows.operators.rendering import Nothing

        field = self.request_type().id_field
        return isinstance(getattr(self, self.argument_names.get(field, field)), Nothing)

    def _place(self, request: Any, hook: CloudHook) -> Place:
        """Return where the resource is that would be deleted."""
        from airflow_provider_cloudflows.operators.origin import place_of

        client, resource = hook.get_conn(), request.resource()
        scope = client.transport.run(client.scope(request), self.stoppable())
        return place_of(scope, resource.identity, type(resource))

    def _remover(self, hook: CloudHook) -> Remover:
        from airflow_provider_cloudflows.provisioning.removal import Remover

        return Remover(hook.get_conn(), **self.protocol_settings())
