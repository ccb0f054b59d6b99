"""The vendors' codes for trouble that passes by itself, each with its class and where that is written.

A code can be misread in two ways: a passing trouble is taken for the caller's fault, and the task gives up; or it is
taken for a promise that nothing happened, and a create is sent twice. So each code has one of four classes, which say
what a read or a change does next, and what is known of a create:

- :class:`Throttled`: turned away before it was processed, for there were too many. Everything may be sent again, a
  create too, after the record of its next send is written.
- :class:`Busy`: something works on the same thing or under the same token, or the service has too much to do. Whether
  the request was turned away before or after it had an effect, the vendor does not say. A read or a change is sent
  again; a create is :class:`OutcomeUnknown` and somebody looks first: what stands in its way may be its own twin.
- :class:`ServerError`: the service or its gateway failed while it worked. Treated like :class:`Busy`.
- :class:`Conflict`: refused, since the thing is in a state that does not allow it. The task's own retries come back.

Codes that never pass are no matter of this module; the gateways and the services list those.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from airflow_provider_cloudflows.errors import Busy, CloudError, Conflict, ServerError, Throttled

__all__ = ["ALIBABA", "HUAWEI", "Passing", "by_code"]


@dataclass(frozen=True, slots=True)
class Passing:
    """Codes of one meaning.

    :param codes: as the vendor spells them; ``*`` stands for any characters.
    :param kind: what they are to a caller.
    :param meaning: what the vendor says, in short.
    :param source: the vendor's page, or a program that knows: its SDK or its Terraform provider.
    """

    codes: tuple[str, ...]
    kind: type[CloudError]
    meaning: str
    source: str


def by_code(table: Iterable[Passing]) -> Mapping[str, type[CloudError]]:
    """Return the class of each code of ``table``."""
    return {code: row.kind for row in table for code in row.codes}


# Terraform provider of Alibaba Cloud, github.com/aliyun/terraform-provider-alicloud, folder alicloud/.
_ALICLOUD = "terraform-provider-alicloud, "
# Pages of Alibaba Cloud, help.aliyun.com or alibabacloud.com/help.
_ECS_COMMON = "ECS API reference, common error codes"

ALIBABA = (
    Passing(
        ("Throttling*", "*.Throttling*"),
        Throttled,
        "denied by flow control; KMS spells it Rejected.Throttling",
        f"{_ECS_COMMON}; DataWorks CreateBusiness; {_ALICLOUD}errors.go, NeedRetry",
    ),
    Passing(
        ("9990020002",),
        Throttled,
        "what DataWorks, API 2024-05-18, has for Throttling.User",
        f"{_ALICLOUD}the resource of the service",
    ),
    Passing(
        ("TooManyRequests", "FrequentPurchase*", "*.TooFrequently"),
        Throttled,
        "asked too often; nothing was started",
        f"VPC AllocateEipAddress, AddCommonBandwidthPackageIp; {_ALICLOUD}resource_alicloud_esa_record.go",
    ),
    Passing(
        ("LastTokenProcessing", "*.LastTokenProcessing", "*.IdempotentTokenProcessing", "TokenProcessing"),
        Busy,
        "an earlier request with this client token is being processed, and may be this one's twin",
        f"{_ECS_COMMON}; {_ALICLOUD}resource_alicloud_vswitch.go, resource_alicloud_cen_transit_router_route_table.go",
    ),
    Passing(
        ("TokenPreviousRequestProcessError", "ConcurrencyUpdateInstanceConflict", "InstanceActivating"),
        Busy,
        "Elasticsearch still works on an earlier request",
        f"{_ALICLOUD}errors.go and the resource of the service",
    ),
    Passing(
        ("OperationConflict", "InvalidOperation.Conflict", "TaskConflict", "BandwidthPackageOperation.conflict"),
        Busy,
        "in conflict with a previous request, which may be this one's twin",
        f"VPC AllocateEipAddress, ECS RunInstances; {_ALICLOUD}resource_alicloud_common_bandwidth_package.go",
    ),
    Passing(
        ("SystemBusy", "ServiceBusy", "*.ServiceBusy", "OperationBusy", "Operation.Blocking"),
        Busy,
        "the system is busy; not said at which point it gave up",
        f"{_ALICLOUD}errors.go, SlbIsBusy and ServiceBusy; resource_alicloud_esa_record.go",
    ),
    Passing(
        ("ServiceIsStopping", "ServiceIsConfiguring", "BackendServer.configuring"),
        Busy,
        "a load balancer is being configured",
        f"{_ALICLOUD}errors.go, SlbIsBusy",
    ),
    Passing(
        ("LockTimeout", "LockFailed", "OperationFailed.DistibuteLock", "ConcurrentTaskExceeded"),
        Busy,
        "another task holds what this one needs",
        f"{_ALICLOUD}errors.go, OperationDeniedDBStatus; resource_alicloud_vswitch.go",
    ),
    Passing(
        ("InstanceConnectTimeoutFault", "Database.ConnectError"),
        ServerError,
        "RDS did not reach its own instance",
        f"{_ALICLOUD}errors.go, OperationDeniedDBStatus",
    ),
    Passing(
        ("ServiceUnavailable*", "RequestTimeout"),
        ServerError,
        "a temporary failure of the server; ServiceUnavailableTemporary in KMS",
        f"{_ECS_COMMON}; KMS API reference, common error codes",
    ),
    Passing(
        ("InternalError*", "InternalFailure", "InternalServerError"),
        ServerError,
        "an unknown error, exception or failure",
        f"{_ECS_COMMON}; KMS API reference, common error codes; DataWorks CreateBusiness",
    ),
    Passing(
        ("IncorrectStatus*", "Incorrect*Status", "Incorrect*Status.*", "InvalidStatus.*", "DependencyViolation*"),
        Conflict,
        "the resource is in a state that does not allow it, or another one depends on it",
        f"{_ALICLOUD}the resources of the services",
    ),
)

# Pages of Huawei Cloud, support.huaweicloud.com.
_GATEWAY = "API Request Signing Guide, error codes; API Gateway user guide, error codes"
# Terraform provider of Huawei Cloud, github.com/huaweicloud/terraform-provider-huaweicloud, folder huaweicloud/.
_HUAWEICLOUD = "terraform-provider-huaweicloud, "


def _gateway(*digits: str) -> tuple[str, ...]:
    """Return the gateway's codes, which come as APIGW.nnnn and as APIG.nnnn; the digits mean the same."""
    return tuple(f"{prefix}.{number}" for prefix in ("APIGW", "APIG") for number in digits)


HUAWEI = (
    Passing(_gateway("0308"), Throttled, "the throttling threshold has been reached", _GATEWAY),
    Passing(("IAM.0012",), Throttled, "too many requests", "IAM API reference, error codes"),
    Passing(
        ("CCE.01429002", "CCE.01429003", "CCE.02429001"),
        Throttled,
        "HTTP 429: locked by other requests, or too many at once",
        "CCE API reference, error codes",
    ),
    Passing(
        _gateway("0601", "0605", "0606", "0608", "0609", "0610", "0611", "0613", "0705", "9999"),
        ServerError,
        "the gateway failed, or did not reach the service or IAM; not said whether it had passed the request on",
        _GATEWAY,
    ),
    Passing(("IAM.0006",), ServerError, "internal error", "IAM API reference, error codes"),
    Passing(
        ("common.00000408", "common.00000500"),
        ServerError,
        "DataArts Fabric: a timeout, an internal error",
        "Fabric CreateWorkspace, status codes 408 and 500",
    ),
    Passing(
        ("dataartsfabric.00000001",),
        Busy,
        "still running, wait (HTTP 500)",
        "DataArts Fabric API reference, error codes",
    ),
    Passing(("SecMaster.11181002",), Busy, "no access during an upgrade", "SecMaster API reference, error codes"),
    Passing(
        ("SecMaster.20039999", "SecMaster.20040000"),
        ServerError,
        "an unknown error (HTTP 400)",
        "SecMaster API reference, error codes",
    ),
    Passing(
        ("DBS.200019",),
        Busy,
        "databases: a conflicting operation is in progress (HTTP 403 or 409), perhaps this one's twin",
        f"RDS, DDS and TaurusDB API references, error codes; {_HUAWEICLOUD}the services' common code",
    ),
    Passing(
        (
            *("DBS.200047", "DBS.200076", "DBS.200080", "DBS.200463", "DBS.200611", "DBS.201015", "DBS.201202"),
            *("DBS.201206", "DBS.212033", "DBS.216011", "DBS.239037", "DBS.280005", "DBS.280011", "DBS.280343"),
            *("DBS.280816", "DBS.01010337", "DBS.05000084"),
        ),
        Busy,
        "databases: one operation at a time, the provider waits and repeats (HTTP 403 or 409)",
        f"{_HUAWEICLOUD}the services' common code",
    ),
    Passing(
        ("DBS.200011", "DBS.200018", "DBS.201014", "DBS.00010009", "DBS.01280030"),
        Conflict,
        "databases: the status of the instance does not allow it now",
        f"DDS API reference, error codes; {_HUAWEICLOUD}the services' common code",
    ),
)
