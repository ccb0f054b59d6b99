"""The way of every call, in one place: find, authenticate, check, perform, record, answer.

``Sandbox`` is the whole stand-in without a web server: a request in, a reply out. It knows the two gateways
and the state, and nothing of a single service.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.alibaba import AlibabaGateway
from airflow_provider_cloudflows.sandbox.huawei import HuaweiGateway
from airflow_provider_cloudflows.sandbox.journal import Entry, Journal, timestamp
from airflow_provider_cloudflows.sandbox.operations import Answer, Call, Caller, Operation, Refusal
from airflow_provider_cloudflows.sandbox.signatures import (
    Acs3Verifier,
    Clock,
    SdkHmacVerifier,
    WireRequest,
)
from airflow_provider_cloudflows.sandbox.state import Store
from airflow_provider_cloudflows.sandbox.world import AccessKey, InvalidKeysError

log = logging.getLogger(__name__)

LARGEST_BODY = 12 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class WireReply:
    """A reply ready to be sent."""

    status: int
    headers: dict[str, str]
    body: bytes


class Gateway(Protocol):
    """What the dispatch needs from the front of a cloud."""

    cloud: str

    def new_request_id(self) -> str: ...

    def reply_headers(self, request_id: str) -> dict[str, str]: ...

    def find(self, request: WireRequest) -> tuple[Operation, dict[str, str]]: ...

    def authenticate(self, request: WireRequest, operation: Operation, store: Store, now: float) -> Caller: ...

    def parameters(self, request: WireRequest, operation: Operation, path: dict[str, str]) -> dict[str, Any]: ...

    def raw_parameters(self, request: WireRequest) -> Any: ...

    def too_large(self) -> Refusal: ...

    def internal_error(self) -> Refusal: ...


class Sandbox:
    """Both clouds. ``state`` is a file name or None for memory; ``clock`` gives the time as ``time.time``."""

    def __init__(
        self,
        *,
        state: str | Path | None = None,
        clock: Clock = time.time,
        extra_keys: Iterable[AccessKey] = (),
    ) -> None:
        self.keys = (*world.BIRTH_KEYS, *extra_keys)
        if len({key.id for key in self.keys}) < len(self.keys):
            raise InvalidKeysError("Two sandbox keys have the same id; give each extra key an id of its own.")
        self.clock = clock
        self.store = Store(state, world.seed)
        self.journal = Journal(self._secrets())
        self._acs3 = Acs3Verifier(self.keys, clock)
        self._sdk_hmac = SdkHmacVerifier(self.keys, clock)
        self._alibaba = AlibabaGateway(self._acs3)
        self._huawei = HuaweiGateway(self._sdk_hmac)

    def handle(self, request: WireRequest) -> WireReply:
        """Answer one request, whatever it is."""
        started = time.perf_counter()
        gateway = self._gateway(request)
        request_id = gateway.new_request_id()
        entry = Entry(timestamp(self.clock()), gateway.cloud, request_id, request.method, request.path or "/")
        try:
            answer = self._perform(gateway, request, entry)
        except Refusal as refusal:
            answer = _refused(refusal, request, entry)
        except Exception:
            log.exception("The sandbox failed on request %s", request_id)
            answer = _refused(gateway.internal_error(), request, entry)
        entry.status = answer.status
        entry.milliseconds = round((time.perf_counter() - started) * 1000, 2)
        self.journal.record(entry, request.headers, gateway.raw_parameters(request))
        headers = {"Content-Type": "application/json;charset=utf-8"} | gateway.reply_headers(request_id)
        body = json.dumps(answer.body, ensure_ascii=False).encode()
        return WireReply(answer.status, headers | dict(answer.headers), body)

    def reset(self) -> None:
        """Back to birth: what exists, the journal, used nonces, locked keys."""
        self.store.reset()
        self.journal.clear()
        self._acs3.forget()
        self._sdk_hmac.forget()

    def close(self) -> None:
        """Release the state file."""
        self.store.close()

    def _perform(self, gateway: Gateway, request: WireRequest, entry: Entry) -> Answer:
        operation, path = gateway.find(request)
        entry.service, entry.operation = operation.service, operation.name
        if len(request.body) > LARGEST_BODY:
            raise gateway.too_large()
        caller = gateway.authenticate(request, operation, self.store, self.clock())
        entry.key_id = caller.key_id
        parameters = gateway.parameters(request, operation, path)
        base_url = f"http://{request.headers.get('host', '')}"
        call = Call(parameters, caller, self.store, self.clock(), entry.request_id, base_url)
        # The only place where an operation takes effect: what comes before the end of this block happens
        # before its commit, what comes after it happens after.
        with self.store.transaction():
            answer = operation.handler(call)
        return answer if isinstance(answer, Answer) else Answer(answer)

    def _gateway(self, request: WireRequest) -> Gateway:
        """Alibaba's RPC calls all go to ``/`` or name an action; all other paths are Huawei's."""
        is_alibaba = request.path in ("", "/") or "x-acs-action" in request.headers
        return self._alibaba if is_alibaba else self._huawei

    def _secrets(self) -> list[str]:
        tokens = [key.security_token or "" for key in self.keys]
        return [world.HUAWEI_USER_PASSWORD, *(key.secret for key in self.keys), *tokens]


def _refused(refusal: Refusal, request: WireRequest, entry: Entry) -> Answer:
    entry.code, entry.message = refusal.code, refusal.message
    return Answer(refusal.body(entry.request_id, request.headers.get("host", "")), refusal.status)
