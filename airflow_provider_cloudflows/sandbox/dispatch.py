"""The way of every call, in one place: find, authenticate, check, perform, record, answer.

``Sandbox`` is the whole stand-in without a web server: a request in, a reply out. It knows the two gateways
and the state, and nothing of a single service.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterable
from email.utils import formatdate
from pathlib import Path
from typing import Any, Protocol

from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.alibaba import AlibabaGateway
from airflow_provider_cloudflows.sandbox.delivery import WireReply
from airflow_provider_cloudflows.sandbox.faults import Faults, Rule, Words, cloud_answer, spoil
from airflow_provider_cloudflows.sandbox.huawei import HuaweiGateway
from airflow_provider_cloudflows.sandbox.journal import Entry, Journal, timestamp
from airflow_provider_cloudflows.sandbox.operations import Answer, Call, Caller, Operation, Refusal
from airflow_provider_cloudflows.sandbox.settings import RateLimit, Settings
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


class InvalidCredential(ValueError):
    """There is no such credential to revoke; the message is one sentence for a person."""


class Gateway(Words, Protocol):
    """What the dispatch needs from the front of a cloud."""

    cloud: str

    def new_request_id(self) -> str: ...

    def reply_headers(self, request_id: str) -> dict[str, str]: ...

    def find(self, request: WireRequest) -> tuple[Operation, dict[str, str]]: ...

    def authenticate(self, request: WireRequest, operation: Operation, store: Store, now: float) -> Caller: ...

    def parameters(self, request: WireRequest, operation: Operation, path: dict[str, str]) -> dict[str, Any]: ...

    def raw_parameters(self, request: WireRequest) -> Any: ...

    def too_large(self) -> Refusal: ...


class Sandbox:
    """Both clouds. ``state`` is a file name or None for memory; ``clock`` gives the time as ``time.time``.

    ``tcp_faults`` says that a proxy stands in front, which can do to connections what rules ask for.
    """

    def __init__(
        self,
        *,
        state: str | Path | None = None,
        clock: Clock = time.time,
        extra_keys: Iterable[AccessKey] = (),
        tcp_faults: bool = False,
    ) -> None:
        self.keys = (*world.BIRTH_KEYS, *extra_keys)
        if len({key.id for key in self.keys}) < len(self.keys):
            raise InvalidKeysError("Two sandbox keys have the same id; give each extra key an id of its own.")
        self.settings = Settings()
        self._true_clock = clock
        self.store = Store(state, world.seed, clock)
        self.journal = Journal(self._secrets())
        self._acs3 = Acs3Verifier(self.keys, self.clock)
        self._sdk_hmac = SdkHmacVerifier(self.keys, self.clock)
        self._alibaba = AlibabaGateway(self._acs3)
        self._huawei = HuaweiGateway(self._sdk_hmac)
        alibaba = (("alibaba", operation) for operation in self._alibaba.operations.values())
        huawei = (("huawei", operation) for _, operation in self._huawei.operations)
        self.faults = Faults([*alibaba, *huawei], tcp=tcp_faults)
        self._rate_limit = RateLimit()
        self._revoked: dict[str, bool] = {}

    def clock(self) -> float:
        """The time as the sandbox tells and checks it."""
        return self._true_clock() + self.settings.clock_offset

    def date_header(self) -> str:
        """The ``Date`` of an answer."""
        return self.settings.date_header or formatdate(self.clock(), usegmt=True)

    def handle(self, request: WireRequest) -> WireReply:
        """Answer one request, whatever it is."""
        started = time.perf_counter()
        gateway = self._gateway(request)
        request_id = gateway.new_request_id()
        entry = Entry(timestamp(self.clock()), gateway.cloud, request_id, request.method, request.path or "/")
        try:
            reply = self._perform(gateway, request, entry)
        except Refusal as refusal:
            reply = _reply(gateway, _refused(refusal, request, entry), entry)
        except Exception:
            log.exception("The sandbox failed on request %s", request_id)
            reply = _reply(gateway, _refused(gateway.internal_error(), request, entry), entry)
        entry.status = reply.status
        entry.milliseconds = round((time.perf_counter() - started) * 1000, 2)
        self.journal.record(entry, request.headers, gateway.raw_parameters(request))
        return reply

    def revoke(self, credential: str, reason: str = "expired") -> None:
        """From now on refuse a key, by its id, or all IAM tokens issued so far (``"tokens"``), until a reset.

        ``reason`` is ``"expired"`` or ``"invalid"``.
        """
        if reason not in ("expired", "invalid"):
            raise InvalidCredential(f"reason must be expired or invalid, not {reason!r}.")
        if credential == "tokens":
            self._revoke_tokens(expired=reason == "expired")
        elif credential in (key.id for key in self.keys):
            self._revoked[credential] = reason == "expired"
        else:
            raise InvalidCredential(f"credential must be the id of a key of the sandbox or tokens, not {credential!r}.")

    def revoked(self) -> dict[str, str]:
        """The revoked keys, and why each is refused."""
        return {key_id: "expired" if expired else "invalid" for key_id, expired in self._revoked.items()}

    def reset(self) -> None:
        """Back to birth: what exists, the journal, used nonces, locked keys, faults and settings."""
        self.store.reset()
        self.journal.clear()
        self.faults.clear()
        self.settings.reset()
        self._rate_limit.forget()
        self._revoked.clear()
        self._acs3.forget()
        self._sdk_hmac.forget()

    def close(self) -> None:
        """Release the state file."""
        self.store.close()

    def _perform(self, gateway: Gateway, request: WireRequest, entry: Entry) -> WireReply:
        operation, path = gateway.find(request)
        entry.service, entry.operation = operation.service, operation.name
        if len(request.body) > LARGEST_BODY:
            raise gateway.too_large()
        caller = gateway.authenticate(request, operation, self.store, self.clock())
        entry.key_id = caller.key_id
        self._check_revoked(gateway, operation, caller, entry)
        parameters = gateway.parameters(request, operation, path)
        self._check_rate(gateway, caller, entry)
        base_url = f"http://{request.headers.get('host', '')}"
        call = Call(parameters, caller, self.store, self.clock(), entry.request_id, base_url, self.settings.list_lag)
        rule = self.faults.hit(gateway.cloud, operation)
        if rule is None:
            return _reply(gateway, self._run(operation, call), entry)
        entry.fault = str(rule)
        try:
            if rule.when == "before":
                raise gateway.internal_error()
            answer = self._run(operation, call)
        except Refusal as refusal:
            answer = _refused(refusal, request, entry)
        return self._misbehave(rule, gateway, operation, call, answer, request, entry)

    def _run(self, operation: Operation, call: Call) -> Answer:
        """The only place where an operation takes effect: it is committed when this returns, and not before."""
        with self.store.transaction():
            answer = operation.handler(call)
        return answer if isinstance(answer, Answer) else Answer(answer)

    def _misbehave(
        self,
        rule: Rule,
        gateway: Gateway,
        operation: Operation,
        call: Call,
        answer: Answer,
        request: WireRequest,
        entry: Entry,
    ) -> WireReply:
        refusal = cloud_answer(rule, gateway, operation, call.caller, call.now)
        if refusal is not None:
            return _reply(gateway, _refused(refusal, request, entry), entry)
        reply = spoil(rule, _reply(gateway, answer, entry))
        if reply.status != answer.status:
            entry.code = entry.message = ""
        return reply

    def _check_revoked(self, gateway: Gateway, operation: Operation, caller: Caller, entry: Entry) -> None:
        expired = self._revoked.get(caller.key_id)
        if expired is not None:
            entry.fault = "this key was revoked"
            raise gateway.unauthorized(operation, caller, expired=expired)

    def _revoke_tokens(self, *, expired: bool) -> None:
        with self.store.transaction():
            for token_id in self.store.ids("iam.token"):
                token = self.store.get("iam.token", token_id)
                if expired and token is not None:
                    self.store.update("iam.token", token_id, token | {"expires": self.clock()})
                else:
                    self.store.delete("iam.token", token_id)

    def _check_rate(self, gateway: Gateway, caller: Caller, entry: Entry) -> None:
        limit = self.settings.requests_per_second
        wait = self._rate_limit.wait(caller.key_id, limit, self._true_clock())
        if wait > 0:
            entry.fault = f"limit of {limit:g} requests per second"
            raise gateway.throttled(wait, "", self.clock())

    def _gateway(self, request: WireRequest) -> Gateway:
        """Alibaba's RPC calls all go to ``/`` or name an action; all other paths are Huawei's."""
        is_alibaba = request.path in ("", "/") or "x-acs-action" in request.headers
        return self._alibaba if is_alibaba else self._huawei

    def _secrets(self) -> list[str]:
        tokens = [key.security_token or "" for key in self.keys]
        return [world.HUAWEI_USER_PASSWORD, *(key.secret for key in self.keys), *tokens]


def _refused(refusal: Refusal, request: WireRequest, entry: Entry) -> Answer:
    entry.code, entry.message = refusal.code, refusal.message
    body = refusal.body(entry.request_id, request.headers.get("host", ""))
    return Answer(body, refusal.status, refusal.headers)


def _reply(gateway: Gateway, answer: Answer, entry: Entry) -> WireReply:
    headers = {"Content-Type": "application/json;charset=utf-8"} | gateway.reply_headers(entry.request_id)
    body = b"" if answer.body is None else json.dumps(answer.body, ensure_ascii=False).encode()
    return WireReply(answer.status, headers | dict(answer.headers), body)
