"""BPStudio (Cloud Architect Design Tools), API version 2021-09-31: hosts, codes and the success rule."""

from functools import cache
from typing import TYPE_CHECKING, ClassVar

from airflow_provider_cloudflows.calls.service import Service

if TYPE_CHECKING:
    from airflow_provider_cloudflows.calls.models import Document
    from airflow_provider_cloudflows.transport.message import Reply
    from airflow_provider_cloudflows.transport.outcome import ErrorTable, Refusal

__all__ = ["BPSTUDIO"]


@cache
def errors() -> "ErrorTable":
    """Return what the vendor's codes mean."""
    # Only a call that failed asks for it.
    from airflow_provider_cloudflows.calls.rpc_wire import gateway_errors
    from airflow_provider_cloudflows.errors import (
        AlreadyExists,
        AuthenticationFailed,
        Conflict,
        InvalidRequest,
        PermissionDenied,
    )

    return {
        **gateway_errors(),
        "1001": InvalidRequest,
        "1002": InvalidRequest,
        "1003": InvalidRequest,
        "2001": PermissionDenied,
        "2002": AuthenticationFailed,
        "2003": PermissionDenied,
        "2005": PermissionDenied,
        "3004": AlreadyExists,
        "3006": AlreadyExists,
        "4001": PermissionDenied,
        "4005": Conflict,  # resources are not released yet
        "8003": PermissionDenied,
        # The vendor's table says "permission", its Terraform provider reads "not found": the message has to tell.
        "8004": InvalidRequest,
    }


def _host(region: str | None, vpc: bool) -> str:
    """The service runs in two places: the international site uses Singapore, every other region Hangzhou."""
    place = "ap-southeast-1" if region == "ap-southeast-1" else "cn-hangzhou"
    return f"bpstudio{'-vpc' if vpc else ''}.{place}.aliyuncs.com"


BPSTUDIO = Service("bpstudio", "BPStudio", _host, errors, rate=5)


class OnBPStudio:
    """Where the operations are, and when they succeed.

    Mixed into a request, before it: a class of models less for a DAG file to build.
    """

    service: ClassVar[Service] = BPSTUDIO
    version: ClassVar[str] = "2021-09-31"

    def refusal(self, reply: "Reply", document: "Document") -> "Refusal | None":
        """HTTP below 400 *and* ``Code`` 200, which comes as text or as a number."""
        from airflow_provider_cloudflows.calls.rpc_wire import (  # no DAG file reads an answer
            gateway_refusal,
            make_refusal,
            stated_status,
        )

        by_gateway = gateway_refusal(reply, document)
        code = str(document.get("Code", ""))
        if by_gateway is not None or code in ("", "200"):
            return by_gateway
        return make_refusal(stated_status(code, reply), code, document.get("Message") or "", reply, document)
