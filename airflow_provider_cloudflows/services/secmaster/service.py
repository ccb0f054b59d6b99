"""SecMaster: hosts, codes, and the envelope of workflow calls.

Workflow calls answer with an envelope (``code``, ``message``, ``success``, ``request_id``, ``data``), the others do
not; a missing thing is an HTTP 400 with a code of its own. No call takes an idempotency token.
"""

from functools import cache
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from airflow_provider_cloudflows.calls.rest import RestRequest
from airflow_provider_cloudflows.calls.rules import matches
from airflow_provider_cloudflows.calls.service import Service, regional_host

if TYPE_CHECKING:
    from airflow_provider_cloudflows.calls.models import Document
    from airflow_provider_cloudflows.transport.message import Reply
    from airflow_provider_cloudflows.transport.outcome import ErrorTable, Refusal

__all__ = ["SECMASTER"]


@cache
def errors() -> "ErrorTable":
    """Return what the vendor's codes mean."""
    # Only a call that failed asks for it.
    from airflow_provider_cloudflows.calls.rest_wire import gateway_errors
    from airflow_provider_cloudflows.errors import InvalidRequest, NotFound

    return {
        **gateway_errors(),
        "SecMaster.20010001": NotFound,
        "SecMaster.20011003": NotFound,
        "SecMaster.20030001": InvalidRequest,
        "SecMaster.20030002": NotFound,
        "SecMaster.20030003": InvalidRequest,
        "SecMaster.20040516": InvalidRequest,
        "SecMaster.20040605": NotFound,
        "SecMaster.20040611": NotFound,
        "SecMaster.20041001": NotFound,
        "SecMaster.20041002": InvalidRequest,
        "SecMaster.20041003": NotFound,
        "SecMaster.20048004": NotFound,
    }


SECMASTER = Service("secmaster", "SecMaster", regional_host("secmaster", "SecMaster"), errors, rate=20)

Identifier = Annotated[
    str, matches(r"[A-Za-z0-9_-]{1,64}", "an id has 1 to 64 letters, digits, hyphens and underscores")
]

Limit = Annotated[int, Field(ge=1, le=100)]

Offset = Annotated[int, Field(ge=0, le=10_000)]


class SecMasterRequest(RestRequest):
    """:param project_id: the caller's project when it is None."""

    service: ClassVar[Service] = SECMASTER

    project_id: Identifier | None = None


class WorkspaceRequest(SecMasterRequest):
    """:param workspace_id: the SecMaster workspace to work in."""

    workspace_id: Identifier


class Enveloped:
    """An operation whose answer says in its body whether it succeeded. Mixed into a request, before it."""

    def refusal(self, reply: "Reply", document: "Document") -> "Refusal | None":
        """HTTP below 300 *and* ``success`` *and* ``code`` ``00000000``; the official SDK looks at the first only."""
        from airflow_provider_cloudflows.calls.rest_wire import (  # no DAG file reads an answer
            document_refusal,
            make_refusal,
        )

        refusal = document_refusal(reply, document)
        if refusal is not None or reply.status >= 300:
            return refusal
        if document.get("success") is False or document.get("code", "00000000") != "00000000":
            return make_refusal(reply, document, document.get("code"), document.get("message"))
        return None
