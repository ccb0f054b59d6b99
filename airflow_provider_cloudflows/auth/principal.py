"""How the lists of a cloud may show this caller as somebody's creator.

Vendor pages: STS *GetCallerIdentity* of both clouds. It is asked only where a create of unknown outcome is looked for
and the list shows who made what it lists. A role or an agency is shown in ways that no page tells, so nothing is told
of it. That a list's creator is one of these ids or names is our assumption; the sandbox shows it so.
"""

from __future__ import annotations

from airflow_provider_cloudflows.calls.client import CloudClient
from airflow_provider_cloudflows.services.sts import GetAlibabaCallerIdentity, GetHuaweiCallerIdentity
from airflow_provider_cloudflows.transport.flow import Flow

__all__ = ["alibaba_principal", "huawei_principal"]


def alibaba_principal(client: CloudClient) -> Flow[frozenset[str]]:
    """Return the ids by which a list shows the caller of ``client``; none for an assumed role."""
    who = yield from client.flow(GetAlibabaCallerIdentity())
    if who.identity_type not in ("Account", "RAMUser"):
        return frozenset()
    return frozenset(one for one in (who.user_id, who.principal_id, who.account_id) if one)


def huawei_principal(client: CloudClient) -> Flow[frozenset[str]]:
    """Return the ids and names by which a list shows the caller of ``client``; none for an agency."""
    who = yield from client.flow(GetHuaweiCallerIdentity())
    kind, _, name = who.principal_urn.rpartition(":")
    if not kind.endswith(":user"):
        return frozenset()
    return frozenset(one for one in (name, who.principal_id) if one)
