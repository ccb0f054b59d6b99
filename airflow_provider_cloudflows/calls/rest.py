"""Huawei Cloud's REST style: parameters in the path, the query and a JSON body.

The names on the wire are snake_case already, so the models have no aliases. The models of one service name their
parameters; :mod:`.rest_wire` turns them into bytes as the official SDK does.
"""

import re
from typing import TYPE_CHECKING, ClassVar

from airflow_provider_cloudflows.calls.request import Request

if TYPE_CHECKING:
    from airflow_provider_cloudflows.calls.models import Document
    from airflow_provider_cloudflows.calls.service import Service
    from airflow_provider_cloudflows.transport.message import Message, Reply
    from airflow_provider_cloudflows.transport.outcome import Refusal

__all__ = ["RestRequest"]

PLACEHOLDER = r"\{(\w+)\}"


class RestRequest(Request):
    """A call of one path.

    :cvar method: HTTP method.
    :cvar path: template; ``{name}`` takes the field of that name, percent-encoded.
    """

    uses_project: ClassVar[bool] = True

    if TYPE_CHECKING:  # pydantic evaluates what is annotated here again for each class below
        service: ClassVar[Service]
        operation: ClassVar[str]
        method: ClassVar[str]
        path: ClassVar[str]

    def parameters(self) -> "Document":
        """Return every parameter as plain JSON."""
        return self.model_dump(mode="json", exclude_none=True)

    def message(self, origin: str, project_id: str | None) -> "Message":
        """Serialize this request.

        :param project_id: the caller's project; a ``project_id`` of the request itself is stronger.
        """
        # No DAG file sends anything.
        from airflow_provider_cloudflows.calls.rest_wire import project_required, rest_message
        from airflow_provider_cloudflows.transport.message import encode_segment

        values = self.model_dump(mode="json", exclude_none=True)
        project_id = values.get("project_id") or project_id
        if project_id:
            values["project_id"] = project_id
        in_path = re.findall(PLACEHOLDER, self.path)
        if "project_id" in in_path:
            project_required(project_id, self.service)
        path = re.sub(PLACEHOLDER, lambda match: encode_segment(str(values[match[1]])), self.path)
        rest = {name: value for name, value in values.items() if name not in in_path and name != "project_id"}
        if self.method in ("GET", "DELETE"):
            return rest_message(self.method, origin, path, project_id, query=rest)
        has_body = bool(type(self).model_fields.keys() - {*in_path, "project_id"})
        return rest_message(self.method, origin, path, project_id, body=rest if has_body else None)

    def refusal(self, reply: "Reply", document: "Document") -> "Refusal | None":
        """Any HTTP status below 300 is success."""
        from airflow_provider_cloudflows.calls.rest_wire import document_refusal

        return document_refusal(reply, document)
