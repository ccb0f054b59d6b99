"""DataArts Fabric: hosts, codes, and the refusal of a token.

Runs of jobs live on a host of their own. The paths carry no project: with keys it travels in the signed
``X-Project-Id`` header, with a token in the token's scope.
"""

import re
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from airflow_provider_cloudflows.calls.rest import RestRequest
from airflow_provider_cloudflows.calls.rules import matches
from airflow_provider_cloudflows.calls.service import Service, regional_host

if TYPE_CHECKING:
    from airflow_provider_cloudflows.transport.message import Reply
    from airflow_provider_cloudflows.transport.outcome import ErrorTable

__all__ = ["FABRIC", "FABRIC_EP"]


@cache
def errors() -> "ErrorTable":
    """Return what the vendor's codes mean."""
    # Only a call that failed asks for it.
    from airflow_provider_cloudflows.calls.rest_wire import gateway_errors
    from airflow_provider_cloudflows.errors import (
        InvalidRequest,
        NotFound,
        PermissionDenied,
    )

    return {
        **gateway_errors(),
        "dataartsfabric.00010003": NotFound,
        "dataartsfabric.00010004": InvalidRequest,
        "dataartsfabric.00010009": NotFound,
        "dataartsfabric.00010195": PermissionDenied,
    }


FABRIC = Service("fabric", "DataArts Fabric", regional_host("fabric", "DataArts Fabric"), errors, rate=20)

FABRIC_EP = Service("fabric_ep", "DataArts Fabric", regional_host("fabric-ep", "DataArts Fabric"), errors, rate=20)
"""The data plane, where jobs run."""

Identifier = Annotated[
    str, matches(r"[A-Za-z0-9_-]{1,64}", "an id has 1 to 64 letters, digits, hyphens and underscores")
]
"""The vendor publishes the form of a workspace's id alone, which is narrower; the others may resemble it."""

# The page's own example of its 403, whose body differs from all other errors: the token is the reason, not a right.
TOKEN_REFUSED = r"(?i)X-Auth-Token is (invalid|expired)"


WorkspaceId = Annotated[str, matches(r"[A-Za-z0-9-]{1,36}", "an id has 1 to 36 letters, digits and hyphens")]


class OnFabric:
    """Where the operations are. Mixed into a request, before it: a class of models less for a DAG file to build."""

    service: ClassVar[Service] = FABRIC

    def read(self, reply: "Reply") -> Any:
        """Return the result; a token that is no good is refused with 403 here, and a new one helps."""
        from airflow_provider_cloudflows.errors import (  # no DAG file reads an answer
            AuthenticationFailed,
            PermissionDenied,
        )

        try:
            return super().read(reply)  # type: ignore[misc]
        except PermissionDenied as denied:
            if not re.search(TOKEN_REFUSED, denied.message):
                raise
            raise AuthenticationFailed(
                denied.message,
                operation=denied.operation,
                status=denied.status,
                code=denied.code,
                request_id=denied.request_id,
            ) from None


class FabricWorkspaceRequest(OnFabric, RestRequest):
    """:param workspace_id: the workspace to work in."""

    workspace_id: WorkspaceId


class OnFabricDataPlane(OnFabric):
    """The same for what runs jobs, which has a host of its own."""

    service: ClassVar[Service] = FABRIC_EP
