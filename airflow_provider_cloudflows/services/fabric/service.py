"""DataArts Fabric: hosts, codes, and the refusal of a token.

Workspace paths carry no project: with keys it travels in the signed ``X-Project-Id`` header, with a token in the
token's scope.
"""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from airflow_provider_cloudflows.calls.endpoints import Service
from airflow_provider_cloudflows.calls.rest import GATEWAY_ERRORS, RestRequest, regional_host
from airflow_provider_cloudflows.errors import (
    AuthenticationFailed,
    CloudError,
    InvalidRequest,
    NotFound,
    PermissionDenied,
)
from airflow_provider_cloudflows.transport.message import Reply

__all__ = ["FABRIC"]

ERRORS: Mapping[str, type[CloudError]] = {
    **GATEWAY_ERRORS,
    "dataartsfabric.00010003": NotFound,
    "dataartsfabric.00010004": InvalidRequest,
    "dataartsfabric.00010009": NotFound,
    "dataartsfabric.00010195": PermissionDenied,
}

FABRIC = Service("fabric", "DataArts Fabric", regional_host("fabric", "DataArts Fabric"), ERRORS)

# The page's own example of its 403, whose body differs from all other errors: the token is the reason, not a right.
TOKEN_REFUSED = re.compile(r"X-Auth-Token is (invalid|expired)", re.IGNORECASE)


class FabricRequest(RestRequest):
    service: ClassVar[Service] = FABRIC

    def read(self, reply: Reply) -> Any:
        """Return the result; a token that is no good is refused with 403 here, and a new one helps."""
        try:
            return super().read(reply)  # type: ignore[misc]
        except PermissionDenied as denied:
            if not TOKEN_REFUSED.search(denied.message):
                raise
            raise AuthenticationFailed(
                denied.message,
                operation=denied.operation,
                status=denied.status,
                code=denied.code,
                request_id=denied.request_id,
            ) from None
