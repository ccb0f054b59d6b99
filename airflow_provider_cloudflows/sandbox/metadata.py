"""What hands out keys beside the clouds: the two metadata services, a credentials URI, and pod identity.

On a real machine they have addresses of their own; here they stand on the sandbox's port, under their real paths
where these are known. They need no signature: whoever reaches them is on the machine. Follows the vendors'
credential packages, which are their clients.
"""

from __future__ import annotations

import hmac
import math
import re
import uuid
from typing import Any, ClassVar
from urllib.parse import unquote, unquote_plus

from airflow_provider_cloudflows.sandbox import alibaba_sts, choices, huawei_login, issued, world
from airflow_provider_cloudflows.sandbox.operations import (
    Answer,
    BadParameter,
    Call,
    Caller,
    Operation,
    Parameter,
    Principal,
    Refusal,
    check_texts,
    headers_of,
)
from airflow_provider_cloudflows.sandbox.refusals import TextRefusal, with_headers, with_retry_after
from airflow_provider_cloudflows.sandbox.settings import Settings
from airflow_provider_cloudflows.sandbox.signatures import WireRequest, query_pairs, raw_parameters
from airflow_provider_cloudflows.sandbox.state import Store
from airflow_provider_cloudflows.sandbox.world import Cloud

SERVICE = "Metadata"
_GET_TOKEN = "GetMetadataToken"
_TOKEN_HEADERS = {"alibaba": "X-aliyun-ecs-metadata-token", "huawei": "X-Metadata-Token"}
_TTL_HEADERS = {
    "alibaba": "X-aliyun-ecs-metadata-token-ttl-seconds",
    "huawei": "X-Metadata-Token-Ttl-Seconds",
}
_OTHER_SECONDS = 3600


def get_metadata_token(call: Call) -> Answer:
    """PUT …/api/token: a token for the other calls, as plain text."""
    issued.forget_expired(call.store, issued.METADATA_TOKENS, call.now)
    seconds = next(call.parameters[name] for name in _TTL_HEADERS.values() if name in call.parameters)
    expires = call.now + seconds
    kept = {"expires_at": issued.time_text(expires, 6)}
    return Answer(issued.issue_token(call, issued.METADATA_TOKENS, (), expires, kept))


def get_role_name(call: Call) -> Answer:
    """GET …/ram/security-credentials/: the role of the machine, as plain text."""
    return Answer(world.ALIBABA_METADATA_ROLE_NAME)


def get_role_credentials(call: Call) -> dict[str, Any]:
    """GET …/ram/security-credentials/{role}: the temporary keys that the machine has now."""
    name = call.parameters["role"]
    if name != world.ALIBABA_METADATA_ROLE_NAME:
        raise _not_found()
    found = issued.current_key(call, "GetRoleCredentials", name)
    if found is None:
        principal = Principal("role", name, world.ALIBABA_METADATA_SESSION)
        seconds = choices.METADATA_LIFE.value["Alibaba"]
        found = alibaba_sts.issue(call, "GetRoleCredentials", principal, "machine", seconds)
    updated = issued.time_text(math.floor(found.issued), 0)
    return {"Code": "Success", "LastUpdated": updated} | alibaba_sts.credentials(found)


def get_security_key(call: Call) -> dict[str, Any]:
    """GET /openstack/latest/securitykey: the temporary keys that the machine has now."""
    name = world.HUAWEI_METADATA_AGENCY_NAME
    found = issued.current_key(call, "GetSecurityKey", name)
    if found is None:
        principal = Principal("agency", name, world.HUAWEI_METADATA_SESSION)
        expires = issued.expiry(call, choices.METADATA_LIFE.value["Huawei"], huawei_login.DIGITS)
        found = issued.issue_key(call, "huawei", "GetSecurityKey", principal, "machine", expires)
    return huawei_login.credential(found)


def get_credentials_by_uri(call: Call) -> dict[str, Any]:
    """GET of a credentials URI: new temporary keys."""
    principal = Principal("role", world.ALIBABA_ROLE_NAME, world.ALIBABA_URI_SESSION)
    found = alibaba_sts.issue(call, "GetCredentialsByUri", principal, "uri", _OTHER_SECONDS)
    return {"Code": "Success"} | alibaba_sts.credentials(found)


def get_protected_credentials_by_uri(call: Call) -> dict[str, Any]:
    """The same for who knows the secret in the query."""
    if not _same(call.parameters["secret"], world.CREDENTIALS_URI_SECRET):
        raise TextRefusal(403, "Forbidden", "The secret of the credentials URI is wrong.")
    return get_credentials_by_uri(call)


def get_pod_identity_credentials(call: Call) -> dict[str, Any]:
    """POST of the token of a pod: new temporary keys."""
    principal = Principal("agency", world.HUAWEI_AGENCY_NAME, world.HUAWEI_POD_SESSION)
    expires = issued.expiry(call, _OTHER_SECONDS, huawei_login.DIGITS)
    found = issued.issue_key(call, "huawei", "GetPodIdentityCredentials", principal, "pod", expires)
    return huawei_login.credential(found)


def _same(sent: str, known: str) -> bool:
    return hmac.compare_digest(sent.encode(), known.encode())


def _not_found() -> Refusal:
    return TextRefusal(404, "NotFound", "Not Found")


def _ttl(cloud: Cloud) -> Parameter:
    longest = choices.METADATA_TOKEN_LIFE.value
    return Parameter(_TTL_HEADERS[cloud], "header", "int32", required=True, minimum=1, maximum=longest)


_ROLE_PATH = "/latest/meta-data/ram/security-credentials/"
ALIBABA_OPERATIONS = (
    Operation(SERVICE, _GET_TOKEN, "PUT", "/latest/api/token", get_metadata_token, (_ttl("alibaba"),)),
    Operation(SERVICE, "GetRoleName", "GET", _ROLE_PATH, get_role_name),
    Operation(
        SERVICE,
        "GetRoleCredentials",
        "GET",
        _ROLE_PATH + "{role}",
        get_role_credentials,
        (Parameter("role", "path", required=True),),
    ),
    Operation("CredentialsUri", "GetCredentialsByUri", "GET", world.CREDENTIALS_URI_PATH, get_credentials_by_uri),
    Operation(
        "CredentialsUri",
        "GetProtectedCredentialsByUri",
        "GET",
        world.PROTECTED_CREDENTIALS_URI_PATH,
        get_protected_credentials_by_uri,
        (Parameter("secret", "query", required=True),),
    ),
)
HUAWEI_OPERATIONS = (
    Operation(SERVICE, _GET_TOKEN, "PUT", "/meta-data/latest/api/token", get_metadata_token, (_ttl("huawei"),)),
    Operation(SERVICE, "GetSecurityKey", "GET", "/openstack/latest/securitykey", get_security_key),
    Operation(
        "PodIdentity",
        "GetPodIdentityCredentials",
        "POST",
        world.POD_IDENTITY_PATH,
        get_pod_identity_credentials,
    ),
)


class MetadataGateway:
    """Finds and lets in the calls that hand out keys of one cloud; it words its refusals in plain text."""

    _PATHS: ClassVar[dict[str, tuple[str, ...]]] = {
        "alibaba": ("/latest/", world.CREDENTIALS_URI_PATH),
        "huawei": ("/meta-data/", "/openstack/", world.POD_IDENTITY_PATH),
    }

    def __init__(self, cloud: Cloud, settings: Settings) -> None:
        self.cloud: Cloud = cloud
        self.operations = ALIBABA_OPERATIONS if cloud == "alibaba" else HUAWEI_OPERATIONS
        self._patterns = tuple(
            (re.compile(operation.path.replace("{role}", r"(?P<role>[^/]+)")), operation)
            for operation in self.operations
        )
        self._settings = settings

    def serves(self, path: str) -> bool:
        """Whether a path is one of these services'."""
        return path.startswith(self._PATHS[self.cloud])

    @staticmethod
    def new_request_id() -> str:
        """For the journal only."""
        return str(uuid.uuid4())

    @staticmethod
    def reply_headers(request_id: str) -> dict[str, str]:
        """There are none."""
        return {}

    def find(self, request: WireRequest) -> tuple[Operation, dict[str, str]]:
        """The operation for a method and path."""
        for pattern, operation in self._patterns:
            match = pattern.fullmatch(request.path)
            if match and operation.method == request.method:
                return operation, {name: unquote(value) for name, value in match.groupdict().items()}
        raise _not_found()

    def authenticate(self, request: WireRequest, operation: Operation, store: Store, now: float) -> Caller:
        """A metadata token where one is required, the pod's token, or nothing."""
        if operation.name == "GetPodIdentityCredentials":
            self._check_pod(request)
        if operation.service == SERVICE:
            self._check_mode(request, operation, store, now)
        return Caller("", "none", world.first_account(self.cloud))

    def parameters(self, request: WireRequest, operation: Operation, path: dict[str, str]) -> dict[str, Any]:
        """Path, query and headers against the operation's declarations; a body is not looked at."""
        try:
            found = check_texts(operation.parameters, "path", list(path.items()))
            found |= check_texts(operation.parameters, "query", query_pairs(request.query, unquote_plus))
            headers = headers_of(operation.parameters, request.headers)
            return found | check_texts(operation.parameters, "header", headers)
        except BadParameter as bad:
            raise TextRefusal(400, "BadRequest", str(bad)) from None

    def raw_parameters(self, request: WireRequest) -> Any:
        """What was sent, unchecked, for the journal."""
        return raw_parameters(request, unquote_plus)

    def too_large(self) -> Refusal:
        """Nobody sends that much here."""
        return TextRefusal(413, "RequestEntityTooLarge", "Request Entity Too Large")

    def internal_error(self) -> Refusal:
        """What a failing service answers."""
        return TextRefusal(500, "InternalError", "Internal Server Error")

    def unknown_api(self, code: str) -> Refusal:
        """There is nothing under this path."""
        return _not_found()

    def failure(self, operation: Operation, status: int, code: str, message: str, shape: str) -> Refusal:
        """Any error with any status, in plain text."""
        return TextRefusal(status, code or self.internal_error().code, message)

    def throttled(self, wait: float | str, form: str, now: float) -> Refusal:
        """429, with the standard header when a rule asks for it."""
        refusal = TextRefusal(429, "TooManyRequests", "Too Many Requests")
        if isinstance(wait, str):
            return with_headers(refusal, {"Retry-After": wait})
        return with_retry_after(refusal, wait, form, now)

    def unauthorized(self, operation: Operation, caller: Caller, *, expired: bool) -> Refusal:
        """A token that is not good."""
        status = 401 if operation.service == "PodIdentity" else self._refused_status
        return TextRefusal(status, "Unauthorized", "The token is missing, wrong or expired.")

    @property
    def _refused_status(self) -> int:
        return choices.METADATA_REFUSED.value["Alibaba" if self.cloud == "alibaba" else "Huawei"]

    def _check_pod(self, request: WireRequest) -> None:
        if not _same(request.headers.get("authorization", ""), world.POD_IDENTITY_TOKEN):
            raise TextRefusal(401, "Unauthorized", "The token of the pod is wrong.")

    def _check_mode(self, request: WireRequest, operation: Operation, store: Store, now: float) -> None:
        mode = self._settings.metadata
        if mode == "off" or (mode == "v1" and operation.name == _GET_TOKEN):
            raise _not_found()
        if mode == "v1" or operation.name == _GET_TOKEN:
            return
        token = request.headers.get(_TOKEN_HEADERS[self.cloud].lower())
        if token is None and mode != "v2":
            return
        if token is None or isinstance(issued.find_token(store, issued.METADATA_TOKENS, token, now), str):
            raise TextRefusal(self._refused_status, "Unauthorized", "The token is missing, wrong or expired.")
