"""The way of every call, in one place: find, authenticate, check, perform, record, answer.

``Sandbox`` is the whole stand-in without a web server: a request in, a reply out. It knows the gateways and the
state, and nothing of a single service.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Iterable
from email.utils import formatdate
from pathlib import Path
from typing import Any, Protocol

from airflow_provider_cloudflows.sandbox import issued, oidc, rooms, world
from airflow_provider_cloudflows.sandbox.alibaba import AlibabaGateway
from airflow_provider_cloudflows.sandbox.courses import Courses
from airflow_provider_cloudflows.sandbox.delivery import WireReply
from airflow_provider_cloudflows.sandbox.diagnosis import diagnose
from airflow_provider_cloudflows.sandbox.events import Events
from airflow_provider_cloudflows.sandbox.faults import Faults, Rule, Words, cloud_answer, spoil
from airflow_provider_cloudflows.sandbox.history import EVENT, PERSON, Cause
from airflow_provider_cloudflows.sandbox.huawei import HuaweiGateway
from airflow_provider_cloudflows.sandbox.inventory import Inventory
from airflow_provider_cloudflows.sandbox.journal import Entry, Journal, timestamp
from airflow_provider_cloudflows.sandbox.metadata import MetadataGateway
from airflow_provider_cloudflows.sandbox.operations import Answer, Call, Caller, Operation, Refusal
from airflow_provider_cloudflows.sandbox.redaction import Redactor
from airflow_provider_cloudflows.sandbox.resources import Resources
from airflow_provider_cloudflows.sandbox.settings import InvalidSetting, RateLimit, Settings
from airflow_provider_cloudflows.sandbox.signatures import (
    Acs3Verifier,
    Clock,
    RpcVerifier,
    SdkHmacVerifier,
    SignatureRefused,
    WireRequest,
)
from airflow_provider_cloudflows.sandbox.state import Store
from airflow_provider_cloudflows.sandbox.world import AccessKey, Cloud, InvalidKeysError

log = logging.getLogger(__name__)

LARGEST_BODY = 12 * 1024 * 1024
LONGEST_ADVANCE = 10 * 365 * 86400.0


class InvalidCredential(ValueError):
    """There is no such credential to revoke; the message is one sentence for a person."""


class Resettable(Protocol):
    """A part of the sandbox that goes back to birth with it."""

    def reset(self) -> None: ...


class Gateway(Words, Protocol):
    """What the dispatch needs from the front of a cloud."""

    @property
    def cloud(self) -> Cloud: ...

    @property
    def operations(self) -> tuple[Operation, ...]: ...

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
        self._advanced = 0.0
        self.resets = 0
        self.life = time.time_ns() // 1000
        self.store = Store(state, rooms.seed, lambda: clock() + self._advanced)
        redactor = Redactor(self._secrets())
        self.journal = Journal(redactor)
        self._acs3 = Acs3Verifier(self.keys, self.clock, self._find_issued)
        self._rpc = RpcVerifier(self.keys, self.clock, self._find_issued)
        self._sdk_hmac = SdkHmacVerifier(self.keys, self.clock, self._find_issued)
        self._alibaba = AlibabaGateway(rooms.of_cloud("alibaba"), self._acs3, self._rpc)
        self._huawei = HuaweiGateway(rooms.of_cloud("huawei"), self._sdk_hmac)
        self._metadata = (MetadataGateway("alibaba", self.settings), MetadataGateway("huawei", self.settings))
        gateways: tuple[Gateway, ...] = (self._alibaba, self._huawei, *self._metadata)
        self.operations = tuple((gateway.cloud, operation) for gateway in gateways for operation in gateway.operations)
        self.faults = Faults(self.operations, tcp=tcp_faults)
        self.resources = Resources(self.store.by(PERSON), rooms.RESOURCES, self.clock)
        self.inventory = Inventory(self.store, rooms.RESOURCES, redactor)
        self.events = Events((operation for _, operation in self.operations), self.resources.by(EVENT))
        self.courses = Courses(resource for _, resource in rooms.RESOURCES.values())
        self._rate_limit = RateLimit()
        self._revoked: dict[str, bool] = {}
        self._resettable: tuple[Resettable, ...] = (
            self.store,
            self.journal,
            self.faults,
            self.events,
            self.courses,
            self.settings,
            self._rate_limit,
            self._acs3,
            self._rpc,
            self._sdk_hmac,
        )

    def clock(self) -> float:
        """The time as the sandbox tells and checks it."""
        return self._true_clock() + self.settings.clock_offset

    def advance(self, seconds: float) -> float:
        """Let time pass for what ages and goes on here; signatures and tokens know nothing of it. Returns the time."""
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= LONGEST_ADVANCE:
            raise InvalidSetting(f"advance must be a number of seconds from 0 to {LONGEST_ADVANCE:g}, not {seconds!r}.")
        self._advanced += seconds
        return self.store.now()

    @property
    def advanced(self) -> float:
        """By how many seconds the clock of what ages and goes on here was advanced."""
        return self._advanced

    def date_header(self) -> str:
        """The ``Date`` of an answer."""
        return self.settings.date_header or formatdate(self.clock(), usegmt=True)

    def oidc_token(self, lifetime: float = oidc.DEFAULT_SECONDS, **claims: str) -> str:
        """A token of the sandbox's identity provider, good for ``lifetime`` seconds by the sandbox's clock.

        ``subject``, ``audience``, ``issuer`` and ``secret`` may be others than those that the clouds trust.
        """
        return oidc.make(self.clock(), lifetime, **claims)

    def handle(self, request: WireRequest) -> WireReply:
        """Answer one request, whatever it is; one that a rule has replayed is processed twice."""
        gateway = self._gateway(request)
        reply, is_replayed = self._answer(gateway, request)
        return self._answer(gateway, request, is_copy=True)[0] if is_replayed else reply

    def _answer(self, gateway: Gateway, request: WireRequest, *, is_copy: bool = False) -> tuple[WireReply, bool]:
        """The reply, and whether the same bytes come again. A copy meets no rule and causes no event."""
        started = time.perf_counter()
        request_id = gateway.new_request_id()
        entry = Entry(timestamp(self.clock()), gateway.cloud, request_id, request.method, request.path or "/")
        is_replayed = False
        try:
            call, operation = self._admit(gateway, request, entry)
            rule = None if is_copy else self.faults.hit(gateway.cloud, operation)
            is_replayed = rule is not None and rule.kind == "replay"
            reply = self._perform(
                gateway=gateway, request=request, operation=operation, call=call, rule=rule, entry=entry
            )
            if not is_copy:
                self.events.answered(operation)
        except Refusal as refusal:
            reply = _reply(gateway, _refused(refusal, request, entry), entry)
            if isinstance(refusal.__cause__, SignatureRefused):
                entry.signature = self._diagnose(request, refusal.__cause__)
        except Exception:
            log.exception("The sandbox failed on request %s", request_id)
            reply = _reply(gateway, _refused(gateway.internal_error(), request, entry), entry)
        if is_copy:
            entry.fault = "the copy of a replayed call"
        entry.status = reply.status
        entry.milliseconds = round((time.perf_counter() - started) * 1000, 2)
        self.journal.record(entry, request, gateway.raw_parameters(request), reply)
        return reply, is_replayed

    def revoke(self, credential: str, reason: str = "expired") -> None:
        """From now on refuse a key, by its id, until a reset. ``reason`` is ``"expired"`` or ``"invalid"``.

        ``"issued"`` means all temporary keys issued so far, ``"tokens"`` all IAM tokens issued so far.
        """
        if reason not in ("expired", "invalid"):
            raise InvalidCredential(f"reason must be expired or invalid, not {reason!r}.")
        if credential in (key.id for key in self.keys):
            self._revoked[credential] = reason == "expired"
            return
        with self.store.transaction():
            if credential == "tokens":
                issued.revoke_all(self.store, issued.TOKENS, reason)
            elif credential == "issued":
                issued.revoke_all(self.store, issued.KEYS, reason)
            elif not isinstance(credential, str) or not issued.revoke(self.store, issued.KEYS, credential, reason):
                wanted = "the id of a key of the sandbox, or issued, or tokens"
                raise InvalidCredential(f"credential must be {wanted}, not {credential!r}.")

    def revoked(self) -> dict[str, str]:
        """The revoked keys, and why each is refused."""
        born = {key_id: "expired" if expired else "invalid" for key_id, expired in self._revoked.items()}
        return born | issued.revoked(self.store, self.clock())

    def reset(self) -> None:
        """Back to birth: what exists, the journal, used nonces, locked keys, faults, events and settings."""
        for part in self._resettable:
            part.reset()
        self._revoked.clear()
        self.resets += 1

    def close(self) -> None:
        """Release the state file."""
        self.store.close()

    def _admit(self, gateway: Gateway, request: WireRequest, entry: Entry) -> tuple[Call, Operation]:
        """What a gateway sees to: that the call is known, signed, well-formed and within the limit."""
        operation, path = gateway.find(request)
        entry.service, entry.operation = operation.service, operation.name
        if len(request.body) > LARGEST_BODY:
            raise gateway.too_large()
        caller = gateway.authenticate(request, operation, self.store, self.clock())
        entry.key_id = caller.key_id
        self._check_good(gateway, operation, caller, entry)
        parameters = gateway.parameters(request, operation, path)
        self._check_rate(gateway, caller, entry)
        call = Call(
            parameters=parameters,
            caller=caller,
            store=self.store.of(caller.account.id).by(Cause(f"{operation.service} {operation.name}", entry.request_id)),
            now=self.clock(),
            request_id=entry.request_id,
            base_url=f"http://{request.headers.get('host', '')}",
            settings=self.settings,
            courses=self.courses,
        )
        return call, operation

    def _perform(
        self,
        *,
        gateway: Gateway,
        request: WireRequest,
        operation: Operation,
        call: Call,
        rule: Rule | None,
        entry: Entry,
    ) -> WireReply:
        """Let the call take effect, unless a rule forbids it, and answer it, as a rule wants it if there is one."""
        if rule is None:
            return _reply(gateway, self._outcome(operation, call, request, entry), entry)
        entry.fault = str(rule)
        if rule.when == "before" and rule.kind != "replay":
            answer = _refused(gateway.internal_error(), request, entry)
        else:
            answer = self._outcome(operation, call, request, entry)
        refusal = cloud_answer(rule, gateway, operation, call.caller, call.now)
        if refusal is not None:
            return _reply(gateway, _refused(refusal, request, entry), entry)
        reply = spoil(rule, _reply(gateway, answer, entry))
        if reply.status != answer.status:
            entry.code = entry.message = ""
        return reply

    def _outcome(self, operation: Operation, call: Call, request: WireRequest, entry: Entry) -> Answer:
        try:
            return self._run(operation, call)
        except Refusal as refusal:
            return _refused(refusal, request, entry)

    def _run(self, operation: Operation, call: Call) -> Answer:
        """The only place where an operation takes effect: it is committed when this returns, and not before."""
        with self.store.transaction():
            try:
                answer: dict[str, Any] | Answer | Refusal = operation.handler(call)
            except Refusal as refusal:
                if not refusal.has_effect:
                    raise
                answer = refusal
        if isinstance(answer, Refusal):
            raise answer
        return answer if isinstance(answer, Answer) else Answer(answer)

    def _check_good(self, gateway: Gateway, operation: Operation, caller: Caller, entry: Entry) -> None:
        """Refuse a key that was revoked, and a temporary one that has expired."""
        expired = self._revoked.get(caller.key_id)
        if expired is None and caller.credential == "session key":
            why = issued.why_refused(self.store, caller.key_id, self.clock())
            expired = None if why is None else why == "expired"
        if expired is None:
            return
        if caller.key_id in self.revoked():
            entry.fault = "this key was revoked"
        raise gateway.unauthorized(operation, caller, expired=expired)

    def _diagnose(self, request: WireRequest, refused: SignatureRefused) -> dict[str, Any]:
        named = re.search(r"(?:Credential|Access)=([^,\s]+)", request.headers.get("authorization", ""))
        temporary = self._find_issued(named[1]) if named else None
        keys = (*self.keys, *filter(None, [temporary]))
        return diagnose(request, refused, keys).as_json()

    def _find_issued(self, key_id: str) -> AccessKey | None:
        return issued.find_key(self.store, key_id)

    def _check_rate(self, gateway: Gateway, caller: Caller, entry: Entry) -> None:
        limit = self.settings.requests_per_second
        wait = self._rate_limit.wait(caller.key_id, limit, self._true_clock())
        if wait > 0:
            entry.fault = f"limit of {limit:g} requests per second"
            raise gateway.throttled(wait, "", self.clock())

    def _gateway(self, request: WireRequest) -> Gateway:
        """Alibaba's RPC calls all go to ``/`` or name an action; metadata has its paths; all others are Huawei's."""
        for metadata in self._metadata:
            if metadata.serves(request.path):
                return metadata
        is_alibaba = request.path in ("", "/") or "x-acs-action" in request.headers
        return self._alibaba if is_alibaba else self._huawei

    def _secrets(self) -> list[str]:
        tokens = [key.security_token or "" for key in self.keys]
        others = (world.OIDC_SECRET, world.CREDENTIALS_URI_SECRET, world.POD_IDENTITY_TOKEN)
        return [world.HUAWEI_USER_PASSWORD, *others, *(key.secret for key in self.keys), *tokens]


def _refused(refusal: Refusal, request: WireRequest, entry: Entry) -> Answer:
    entry.code, entry.message = refusal.code, refusal.message
    body = refusal.body(entry.request_id, request.headers.get("host", ""))
    return Answer(body, refusal.status, refusal.headers)


def _reply(gateway: Gateway, answer: Answer, entry: Entry) -> WireReply:
    media_type = "text/plain" if isinstance(answer.body, str) else "application/json"
    headers = {"Content-Type": f"{media_type};charset=utf-8"} | gateway.reply_headers(entry.request_id)
    return WireReply(answer.status, headers | dict(answer.headers), _body(answer))


def _body(answer: Answer) -> bytes:
    if answer.body is None:
        return b""
    text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body, ensure_ascii=False)
    return text.encode()
