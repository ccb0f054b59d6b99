"""The project id of a Huawei Cloud caller, when nobody configured it.

Vendor page: IAM *Querying Project Information*. An account's project of a region has the region's id as its name, so
exactly one project of that name is taken; none or several is an error, as in the vendor's SDK. A caller with a token
asks for the projects that the token may use, which needs no permission.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Hashable

from airflow_provider_cloudflows.auth.base import Token
from airflow_provider_cloudflows.auth.cache import KeptCredential
from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.client import CloudClient
from airflow_provider_cloudflows.errors import ConfigurationError
from airflow_provider_cloudflows.services.iam import ListAuthProjects, ListProjects, Projects
from airflow_provider_cloudflows.transport.flow import Flow

__all__ = ["KnownProject", "ProjectOfCredential", "ProjectOfRegion"]

MOST_PROJECTS = 1024

_found: dict[Hashable, str] = {}
_lock = threading.Lock()


def _start_anew() -> None:
    """Look up again in a forked child, where the lock may be held by a thread that is not there."""
    global _lock
    _lock = threading.Lock()
    _found.clear()


os.register_at_fork(after_in_child=_start_anew)


class KnownProject:
    """A project id that somebody configured."""

    def __init__(self, project_id: str) -> None:
        self._project_id = project_id

    def __call__(self, client: CloudClient) -> Flow[str]:
        """Return the project id; asks nobody."""
        yield from ()
        return self._project_id


class ProjectOfCredential:
    """The project that a credential is bound to, else the one of the region.

    :param kept: has the caller's credential.
    """

    def __init__(self, kept: KeptCredential) -> None:
        self._kept = kept

    def __call__(self, client: CloudClient) -> Flow[str]:
        """Return the project id; a flow that may obtain a credential and ask IAM, by ``client``."""
        credential = yield from self._kept.get()
        if credential.project_id:
            return credential.project_id
        by_token = isinstance(credential.proof, Token)
        return (yield from ProjectOfRegion(self._kept.key, by_token=by_token)(client))


class ProjectOfRegion:
    """Looks the project id up once per process, caller, region and IAM endpoint.

    :param caller: what tells one caller from another, for example the access key id; not a secret.
    :param by_token: the caller holds a token instead of a key.
    """

    def __init__(self, caller: str, *, by_token: bool = False) -> None:
        self._caller = caller
        self._by_token = by_token

    def __call__(self, client: CloudClient) -> Flow[str]:
        """Return the project id; a flow that may ask IAM, by ``client``."""
        region = client.endpoints.region
        if not region:
            raise ConfigurationError(
                "Neither a project id nor a region is known; set Project ID or Region in the connection."
            )
        request: Call[Projects] = ListAuthProjects() if self._by_token else ListProjects(name=region)
        key = (self._caller, region, client.endpoints.origin(request.service))
        with _lock:
            known = _found.get(key)
        if known is None:
            answer = yield from client.flow(request)
            known = self._only_project(answer, region)
            with _lock:
                while len(_found) >= MOST_PROJECTS:
                    del _found[next(iter(_found))]
                _found[key] = known
        return known

    @staticmethod
    def _only_project(answer: Projects, region: str) -> str:
        ids = sorted(project.id for project in answer.projects if project.name == region)
        if len(ids) == 1:
            return ids[0]
        found = f"IAM knows {len(ids)} projects named {region!r}" if ids else f"IAM knows no project {region!r}"
        listed = f" ({', '.join(ids)})" if ids else ""
        raise ConfigurationError(f"{found}{listed}; set Project ID in the connection, or correct its Region.")
