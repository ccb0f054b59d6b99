"""Operator that submits and deploys a file of the older DataStudio (API version 2020-05-18)."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_cloudflows.links.dataworks import DataStudioLink
from airflow_provider_cloudflows.operators.base import AlibabaOperator, SettlingOperator
from airflow_provider_cloudflows.operators.run import RunOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_cloudflows.calls.resource import Id
    from airflow_provider_cloudflows.hooks.base import CloudHook
    from airflow_provider_cloudflows.operators.intent import TaskStateStore
    from airflow_provider_cloudflows.services.dataworks.submit_file import DeployFile
    from airflow_provider_cloudflows.waiting.watch import Watch

__all__ = ["SubmitAndDeployFileOperator"]


class SubmitAndDeployFileOperator(AlibabaOperator, RunOperator, SettlingOperator):
    """Submit a file, deploy it, wait for the end, and return the id of the deployment, an int.

    The vendor pages are *SubmitFile*, *DeployFile* and *GetDeployment*. A submit and a deploy both begin a deployment:
    to the development environment, where the file is checked, and to production. Each is on record before it leaves,
    and a later try goes on where the one before stopped. A file that was submitted as it is, is not submitted again;
    one that was changed since is. The id of the submit's deployment goes to XCom key ``submitted_as``.

    No list tells which file a deployment is of. So one whose answer was lost is looked for among those that came to be
    after the request left, each of which is read; where several are of the file, the task fails and says so. That takes
    Airflow 3.3: below it a retry submits what is not submitted, and deploys again. Nothing stops a deployment, and
    without ``wait`` the task still waits for the submit, since nothing can be deployed before. All arguments are
    templated.

    :param file_id: id of the file.
    :param project_id: id of the DataWorks workspace; either this or ``project_identifier``.
    :param project_identifier: name of the DataWorks workspace.
    :param comment: why, for people who look at the deployments.
    :param skip_all_deploy_file_extensions: whether to leave out the checks that the workspace has before a deployment.
    """

    operator_extra_links = (DataStudioLink(),)
    request_path = "airflow_provider_cloudflows.services.dataworks.submit_file.DeployFile"
    filled_at_run: ClassVar[frozenset[str]] = frozenset({"submitted_as"})
    submitted_as: int | None = None

    _version = ""
    _goes_on = False

    def __init__(
        self,
        *,
        file_id: int | str,
        project_id: int | str | None = None,
        project_identifier: str | None = None,
        comment: str | None = None,
        skip_all_deploy_file_extensions: bool | str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.file_id = file_id
        self.project_id = project_id
        self.project_identifier = project_identifier
        self.comment = comment
        self.skip_all_deploy_file_extensions = skip_all_deploy_file_extensions
        self.check_literals()

    def waits_in_a_row(self) -> int:
        """Return that the submit is waited for, and the deploy."""
        return 2

    def calls_beside_looks(self) -> int:
        """Return what both cost."""
        return 2 * super().calls_beside_looks()

    def _made(self, context: Context) -> Any:
        """Submit the file unless it is, wait for that, and deploy it."""
        if not self._goes_on:
            self.submitted_as = None
            with closing(self._checked_hook()) as hook:
                self._submit(context, hook)
        return super()._made(context)

    def _submit(self, context: Context, hook: CloudHook) -> None:
        from airflow_provider_cloudflows.operators.intent import store_of
        from airflow_provider_cloudflows.provisioning.provisioner import Provisioner

        request = self._request(hook)
        self.check_before(request, hook)
        submit, file = request.submitting(), self._file(request, hook)
        # What was changed after a submit that ended well wants another one, whatever was submitted before.
        settings = self.protocol_settings() if file.is_committed else {**self.protocol_settings(), "rerun": "always"}
        provisioner = Provisioner(hook.get_conn(), store_of(context, f"{self.task_id}/submit"), **settings)
        if file.is_committed and provisioner.record() is None:
            self.log.info("File %s was submitted as it is, in version %s.", request.file_id, file.current_version)
            self._version = f"version {file.current_version}"
            return
        made = provisioner.ensure(submit, self.stoppable())
        self._note_submit(context, made.resource_id)
        self.wait_until_over(context, submit.resource(), made.resource_id, hook)

    def _file(self, request: DeployFile, hook: CloudHook) -> Any:
        """Return the file.

        :raises NotFound: there is none.
        """
        from airflow_provider_cloudflows.errors import NotFound
        from airflow_provider_cloudflows.services.dataworks.file import GetFile

        file = hook.call(GetFile(**request.workspace(), file_id=request.file_id)).data.file
        if file is None or not file.is_there:
            raise NotFound(f"there is no file {request.file_id}", operation=request.title)
        return file

    def _note_submit(self, context: Context, deployment_id: Id) -> None:
        self.submitted_as, self._version = int(deployment_id), f"submit {deployment_id}"
        context["ti"].xcom_push(key="submitted_as", value=self.submitted_as)

    def _store(self, context: Context | None) -> TaskStateStore | None:
        """Return where the record of the deploy is kept: another submit is followed by another deploy."""
        from airflow_provider_cloudflows.operators.intent import store_of

        return None if context is None else store_of(context, f"{self.task_id}/deploy {self._version}")

    def waited(self, context: Context, watch: Watch, hook: CloudHook, deadline: float) -> Any:
        """Look once more; after a submit, deploy what it submitted."""
        resource = watch.resource()
        self.wait_until_over(context, resource, watch.resource_id, hook, deadline)
        if resource.caller["step"] == "deploy":
            return watch.resource_id
        self._note_submit(context, watch.resource_id)
        self._goes_on = True
        try:
            return self.work(context)
        finally:
            self._goes_on = False

    def dry_run(self) -> None:
        """Log the requests that a run would send, without secrets; sends nothing."""
        with closing(self._checked_hook()) as hook:
            request = self._request(hook)
            for step in (request.submitting(), request):
                self.log.info("It would send:\n%s", hook.get_conn().preview(step))

    def console_url(self, request: DeployFile, hook: CloudHook) -> str:
        """Return DataStudio of the workspace."""
        return DataStudioLink.url(hook.get_conn().endpoints.region, request.project_id)
