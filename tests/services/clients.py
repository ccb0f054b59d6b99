"""Clients of both clouds that talk to a server on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from airflow_provider_cloudflows.auth.alibaba.acs3 import Acs3Signer
from airflow_provider_cloudflows.auth.base import AccessKey
from airflow_provider_cloudflows.auth.huawei.sdk_hmac import SdkHmacSigner
from airflow_provider_cloudflows.calls.client import CloudClient
from airflow_provider_cloudflows.calls.endpoints import Endpoints
from airflow_provider_cloudflows.transport.client import Transport, TransportSettings
from airflow_provider_cloudflows.transport.flow import Flow, Signer
from airflow_provider_cloudflows.transport.message import Reply
from tests.transport.servers import Answer, Seen, http_script, serving

__all__ = ["KEY", "PROJECT", "alibaba", "huawei", "make", "reply"]

T = TypeVar("T")

KEY = AccessKey("AKID", "S3cretKey0123456789", "S3ssionToken/+==")
PROJECT = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"


def make(kind: Callable[..., T], **values: Any) -> T:
    """Make a request of values that a DAG could hold, whatever its signature promises."""
    return kind(**values)


def project(_: CloudClient) -> Flow[str]:
    """A project id that is known."""
    yield from ()
    return PROJECT


@contextmanager
def served(signer: Signer, handler: Callable[[Seen], Answer]) -> Iterator[CloudClient]:
    with serving(http_script(handler)) as server:
        transport = Transport(TransportSettings(timeout=5))
        try:
            yield CloudClient(transport, Endpoints(everywhere=server.origin), signer, project)
        finally:
            transport.close()


@contextmanager
def alibaba(handler: Callable[[Seen], Answer]) -> Iterator[CloudClient]:
    """A client of an Alibaba Cloud that ``handler`` plays."""
    with served(Acs3Signer(KEY), handler) as client:
        yield client


@contextmanager
def huawei(handler: Callable[[Seen], Answer]) -> Iterator[CloudClient]:
    """A client of a Huawei Cloud that ``handler`` plays."""
    with served(SdkHmacSigner(KEY), handler) as client:
        yield client


def reply(body: bytes, status: int = 200, **headers: str) -> Reply:
    """A complete answer; an underscore in a header's name stands for a hyphen."""
    return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)
