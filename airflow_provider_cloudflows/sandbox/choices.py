"""What the vendors do not document and the sandbox therefore had to choose: what a choice is, and the common ones.

Each choice names its subject, its value and the reason. Those of one service are in the ``choices`` module of its
room. The page and ``GET /_sandbox/choices`` list them all, so that nobody takes one of them for a fact about a
cloud. What *is* documented is no choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """One undocumented point: what it is about, what the sandbox does, and why."""

    subject: str
    value: T
    why: str


@dataclass(frozen=True, slots=True)
class Code:
    """An error code with its HTTP status."""

    status: int
    code: str

    def __str__(self) -> str:
        return f"HTTP {self.status} {self.code}"


# Faults and settings

FAULT_ORDER = Choice(
    "Faults: which calls a rule counts and hits",
    "calls with a good signature, known parameters and a free slot, before anything is looked up",
    "A fault must not hide a mistake of the client; a gateway refuses such calls before the service sees them.",
)
FAULT_BEFORE = Choice(
    "Faults before the call takes effect: what the answer holds that is late, cut or damaged",
    "the cloud's internal error, HTTP 500; for empty and endless_body the status is 200",
    "There is no real answer to a call that took no effect.",
)
LIST_LAG = Choice(
    "List lag: what it delays",
    "new things in lists; not changes, deletions, reading by id, nor the check that a name is free",
    "No vendor documents how its lists lag; Fabric's list with an id counts as reading by id.",
)
READ_LAG = Choice(
    "Read lag: what it delays",
    "reads of a single new resource by its id; not lists, updates, deletions, nor the check that a name is free",
    "A read may meet a replica that is behind; what changes something meets the one that knows.",
)
DELETED_LAG = Choice(
    "Deleted lag: what it prolongs",
    "lists and their totals show a removed resource as it was last; its name is free and reads by id say gone",
    "No vendor documents how long a list shows what was deleted.",
)
PAGE_CAP = Choice(
    "Page cap: what the answer says of it",
    "the page size in force where a service shows one; page numbers count pages of that size; the total stays true",
    "Vendors document limits for a few lists only; a client must not count on the size that it asked for.",
)
REPLAY = Choice(
    "Replayed calls: what becomes of the copy",
    "its signature is checked and it is processed anew, outside of fault rules and events; its answer is sent",
    "This is what a proxy that sends a request twice does; Alibaba has a nonce against it, Huawei has none.",
)
EVENTS = Choice(
    "Events: when the change happens",
    "after the answer was made and before it is sent, so that the next call sees it",
    "What somebody else does between two calls must not depend on timing.",
)
ANOTHER_ACCOUNT = Choice(
    "The second account of each cloud: what it shares with the first",
    "the identifier (not the id) of its DataWorks workspace, the ids of its BPStudio application and process, the "
    "name of its Huawei project; it has no roles, agencies, passwords or metadata service",
    "A task whose connection was changed must reach the other account, so what it names has to exist there too.",
)
RATE_LIMIT = Choice(
    "Requests per second: what is counted, and what is told",
    "calls of one key (or of nobody) that were let through; all refused callers are told when the next slot is free",
    "No vendor documents it; several callers told the same time are the harder case for a client.",
)
CREDENTIAL_SECONDS = Choice(
    "Credential seconds: what they shorten or lengthen",
    "every key and token issued from then on; not the tokens of the metadata services",
    "A client is told when a key or an IAM token expires; it has nothing but its own wish for a metadata token.",
)
ISSUED_EXPIRY = Choice(
    "Issued keys and tokens: when they expire",
    "at the very moment that the text says, which is cut off to what its form can say",
    "Nothing is documented about a grace period.",
)
ISSUED_AGAIN = Choice(
    "Issued keys and tokens: the same question within the smallest unit of the expiry",
    "has the same answer, unless that was revoked",
    "The real ones are random; here two clients can be compared under a clock that stands still.",
)
REVOKED = Choice(
    "Revoked credentials: a key that is no session key",
    "expired means disabled at Alibaba; Huawei says in both cases that the key does not exist",
    "A permanent key does not expire; these are the nearest documented answers.",
)

# Alibaba gateway

ALIBABA_AUTHORIZATION_MISSING = Choice(
    "Alibaba gateway: no Authorization header",
    Code(400, "MissingAccessKeyId"),
    "Follows the documented pattern Missing{Parameter}; the answer to an unsigned call is not published.",
)
ALIBABA_UNSIGNED_HEADER = Choice(
    "Alibaba gateway: a mandatory header is absent or not signed",
    Code(400, "IncompleteSignature"),
    "The documentation says which headers must be signed, not what happens otherwise.",
)
ALIBABA_TOKEN_MISMATCH = Choice(
    "Alibaba gateway: security token that does not belong to the key",
    Code(400, "InvalidSecurityToken.MismatchWithAccessKey"),
    "Only the missing token has a documented code here; this one follows the vendor's naming.",
)
ALIBABA_BODY_HASH = Choice(
    "Alibaba gateway: body that differs from x-acs-content-sha256",
    Code(400, "SignatureDoesNotMatch"),
    "The hash is part of what is signed, so a changed body is a wrong signature.",
)
ALIBABA_UNKNOWN_PARAMETER = Choice(
    "Alibaba gateway: unknown parameter, repeated parameter, or one in the wrong place (query or form)",
    Code(400, "UnsupportedParameter"),
    "The real gateway may ignore an unknown parameter; a stand-in that does would hide spelling mistakes.",
)
ALIBABA_INVALID_PARAMETER = Choice(
    "Alibaba gateway: parameter of the wrong type or out of range",
    Code(400, "InvalidParameter"),
    "Codes differ by service and are mostly unpublished.",
)
ALIBABA_METHOD = Choice(
    "Alibaba gateway: HTTP method the operation does not take",
    Code(400, "UnsupportedHTTPMethod"),
    "The SDK sends POST for every implemented operation; GET is allowed for STS only.",
)
ALIBABA_CONTENT_TYPE = Choice(
    "Alibaba gateway: body that is not an urlencoded UTF-8 form",
    Code(400, "UnsupportedContentType"),
    "No page says what happens with another content type.",
)
ALIBABA_TOO_LARGE = Choice(
    "Alibaba gateway: body above 12 MB",
    Code(413, "RequestEntityTooLarge"),
    "The limit and code of the Alibaba gateway are not documented; 12 MB is Huawei's.",
)
ALIBABA_EMPTY_REQUIRED = Choice(
    "Alibaba gateway: mandatory parameter sent empty",
    "counts as missing",
    "An empty name is never meant; the real services are not documented on this.",
)
ALIBABA_ERROR_ECHO = Choice(
    "Both gateways: what a signature mismatch echoes",
    "the whole canonical request, a security token in it included",
    "The vendors echo it to help; the worst case lets a client prove that its logs hide the token.",
)
REFUSED_NONCES = Choice(
    "Alibaba gateway: when a nonce counts as used",
    "once a request with a valid signature has arrived, for as long as its date is acceptable",
    "A forged request must not use up the nonce of a genuine one.",
)

ALIBABA_RPC_PLACES = Choice(
    "Alibaba gateway: parameters of a call with signature version 1.0",
    "are as good in the query as in the form",
    "The old SDK cores send a POST with all of them in either place, the signature's own included.",
)
ALIBABA_UNSIGNED_TIME = Choice(
    "Alibaba gateway: Timestamp and SignatureNonce of an unsigned call",
    "are not looked at",
    "The vendor's packages do not agree on sending a nonce there.",
)
ALIBABA_TOKEN_EXPIRED = Choice(
    "Alibaba gateway: expired security token",
    Code(400, "InvalidSecurityToken.Expired"),
    "The code is in the vendor's tables, its HTTP status differs between them.",
)
ALIBABA_RATE_LIMIT = Choice(
    "Alibaba gateway: Limit and Reset in x-ratelimit-user-api and x-ratelimit-user",
    100,
    "Only TimeLeft is read by an SDK; Reset is sent as milliseconds since 1970.",
)

# Huawei gateway

HUAWEI_KEY_LOCK = Choice(
    "Huawei gateway: which failures lock a key",
    "the sixth wrong signature in a row locks it for five minutes",
    "Documented as more than five consecutive failures; a wrong clock or token does not count here.",
)
HUAWEI_DATE = Choice(
    "Huawei gateway: X-Sdk-Date outside 15 minutes, absent or malformed",
    Code(401, "APIGW.0301"),
    "The window is documented, the code is that of every rejected credential.",
)
HUAWEI_TOKEN_MISMATCH = Choice(
    "Huawei gateway: security token missing, unsigned, or not the key's",
    Code(401, "APIGW.0301"),
    "The code is that of every rejected credential; the message is this sandbox's own.",
)
HUAWEI_QUERY_PLUS = Choice(
    "Huawei gateway: a plus sign in the query",
    "is a plus, not a space",
    "The signing guide encodes with %20; reading it strictly shows a client that encodes forms.",
)
HUAWEI_PROJECT = Choice(
    "Fabric: X-Project-Id missing, not signed or not of the account; token without a project",
    Code(403, "APIGW.0310"),
    "The role of the header is not documented; the code is the gateway's 'project not available'.",
)
HUAWEI_TOKEN_AND_SIGNATURE = Choice(
    "Huawei gateway: Authorization and X-Auth-Token in one request",
    "the signature decides",
    "Not documented.",
)
HUAWEI_TOKEN_CALL_SIGNED = Choice(
    "Both clouds: signed call that needs no credential, such as a token by password",
    "a signature that is there must be right",
    "Huawei's SDK signs such calls; whether the service checks it is not documented.",
)

HUAWEI_RATE_LIMIT = Choice(
    "Huawei gateway: limit in the message of APIGW.0308",
    200,
    "The documented default of requests per second; what a client needs is the time beside it.",
)
HUAWEI_UNSUCCESSFUL = Choice(
    "IAM and STS: failure with HTTP 200 that a fault rule asks for without a code",
    "common.00000500",
    "These services have no success flag, so the error body is sent with HTTP 200.",
)

# IAM and STS

IAM_INVALID = Choice(
    "IAM: body or parameter that is not right",
    Code(400, "IAM.0007"),
    "Only the HTTP status is known.",
)
IAM_NO_SCOPE = Choice(
    "IAM token: scope that names no project, or more than one",
    Code(404, "IAM.0004"),
    "The documented code for not found; which one answers here is not published.",
)
IAM_PROJECT_TAKEN = Choice(
    "IAM create project: name taken in the account",
    Code(409, "IAM.0011"),
    "Only the HTTP status is known.",
)
IAM_REGIONS = Choice(
    "IAM list regions: what it lists",
    "the regions that this sandbox has projects in, and one that it has none in",
    "A stand-in for one region is no place to keep the vendor's list.",
)
IAM_FOREIGN_DOMAIN = Choice(
    "IAM: X-Domain-Id of another account",
    Code(403, "IAM.0002"),
    "The documented code for no permission.",
)
ALIBABA_STS_PARAMETER = Choice(
    "Alibaba STS: parameter of the wrong form or out of range",
    Code(400, "InvalidParameter.{Parameter}"),
    "Known to begin with InvalidParameter; for Policy it is InvalidParameter.PolicyGrammar.",
)
ALIBABA_STS_TRUST = Choice(
    "Alibaba STS AssumeRole: role that does not trust the caller, external id missing or wrong",
    Code(403, "NoPermission"),
    "The documented code for a trust policy that does not let the caller in.",
)
ALIBABA_STS_NO_ROLE = Choice(
    "Alibaba STS: role that does not exist, or is of another account",
    Code(404, "EntityNotExist.Role"),
    "The code is in the vendor's table, its HTTP status is an assumption.",
)
ALIBABA_STS_DURATION = Choice(
    "Alibaba STS: longest session of a role",
    43200,
    "Set with the real role; this is the most it can be.",
)
ALIBABA_OIDC_REQUIRED = Choice(
    "Alibaba STS AssumeRoleWithOIDC: which parameters are mandatory",
    "RoleArn, OIDCProviderArn, OIDCToken and RoleSessionName",
    "The vendor's older documentation says so, the newer one makes all of them optional.",
)
ALIBABA_OIDC_TRUST = Choice(
    "Alibaba STS AssumeRoleWithOIDC: other provider, or a role that does not trust it",
    Code(401, "AuthenticationFail.NoPermission"),
    "Documented for the call, but not for which of its reasons.",
)
ALIBABA_OIDC_ISSUER = Choice(
    "Alibaba STS AssumeRoleWithOIDC: issuer that is not the provider's",
    Code(401, "AuthenticationFail.OIDCToken.Invalid"),
    "Audience, signature and expiry have codes of their own, the issuer has not.",
)
IAM_LOCK = Choice(
    "IAM token by password: which failures lock a user",
    "the fifth wrong password in a row locks the user for fifteen minutes (IAM.0061)",
    "Known only to lock for a while.",
)
IAM_NO_AGENCY = Choice(
    "IAM: agency or identity provider that does not exist",
    Code(404, "IAM.0004"),
    "The documented code for not found; which one answers here is not published.",
)
IAM_AGENCY_TRUST = Choice(
    "IAM: agency that does not trust the caller",
    Code(403, "IAM.0002"),
    "The documented code for no permission; the old calls have no place for an external id, so none is asked for.",
)
IAM_AGENCY_SESSION = Choice(
    "IAM: name of an agency's session without session_user, and of an agency token's",
    "the name of the user who asked",
    "The session has a name in the new STS only.",
)
IAM_OIDC = Choice(
    "IAM token with an OIDC token: expired or bad OIDC token",
    "IAM.0066 when it has expired, otherwise IAM.0067",
    "The codes that IAM has for its own tokens.",
)
IAM_TOKEN_PLACES = Choice(
    "IAM temporary key by token: token in the body and another in X-Auth-Token",
    "the one in the body decides",
    "Either is enough; which one wins is not documented.",
)
IAM_KEY_LIFE = Choice(
    "IAM temporary key by token: may it live longer than the token",
    "yes, as long as was asked for",
    "Not documented.",
)
STS5_INVALID = Choice(
    "Huawei STS: body or parameter that is not right",
    Code(400, "PAP5.0001"),
    "Only the form of the codes is published.",
)
STS5_DENIED = Choice(
    "Huawei STS: agency or provider that does not exist or does not trust the caller, external id missing or wrong",
    Code(403, "PAP5.0002"),
    "Only the form of the codes is published.",
)
STS5_OIDC_INVALID = Choice(
    "Huawei STS assume with OIDC: bad OIDC token",
    Code(401, "PAP5.0003"),
    "Only the form of the codes is published.",
)
STS5_OIDC_EXPIRED = Choice(
    "Huawei STS assume with OIDC: expired OIDC token",
    Code(401, "PAP5.0004"),
    "Only the form of the codes is published.",
)

# Metadata services and what stands beside the clouds

METADATA_ROTATION = Choice(
    "Metadata services: when they hand out new keys",
    "when less than a third of the life of the last ones is left, or these were revoked",
    "Known only to be renewed before they expire.",
)
METADATA_LIFE = Choice(
    "Metadata services: seconds that keys live",
    {"Alibaba": 21600, "Huawei": 86400},
    "Not promised by the vendors.",
)
METADATA_REFUSED = Choice(
    "Metadata services: token that is missing where one is required, wrong, or expired",
    {"Alibaba": 403, "Huawei": 401},
    "The Huawei SDK gets a new token after 401; for Alibaba the status is not documented.",
)
METADATA_TOKEN_LIFE = Choice(
    "Metadata services: longest life of a token in seconds; a longer or missing one is refused with HTTP 400",
    21600,
    "What both vendors' packages ask for.",
)
CREDENTIALS_URI = Choice(
    "Credentials URI: what stands there",
    "keys of a session of the sandbox's role, new for each call, for one hour",
    "The vendor defines the form of the answer and leaves the service to the user.",
)
POD_IDENTITY = Choice(
    "Pod identity: what stands there",
    "keys of a session of the sandbox's agency, new for each call, for one hour; one token is good",
    "The SDK knows the call; the service behind it is not documented.",
)
STS_IDENTITIES = Choice(
    "STS caller identity of the temporary key that is there from birth",
    "an assumed role (Alibaba) or agency (Huawei) of the sandbox account",
    "A session key must come from somewhere; the names are made up.",
)

WORK_SECONDS = Choice(
    "Runs, executions and endpoints: seconds until they are done, unless a course says otherwise",
    2.0,
    "No vendor publishes a duration; this one is short enough to wait for and long enough to be seen.",
)


def listing(names: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The choices among the names of a module as JSON, in their order."""
    found = [value for value in names.values() if isinstance(value, Choice)]
    return [{"subject": each.subject, "value": _plain(each.value), "why": each.why} for each in found]


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {number}" for name, number in value.items())
    return str(value)
