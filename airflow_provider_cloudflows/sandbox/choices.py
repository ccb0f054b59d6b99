"""What the vendors do not document and the sandbox therefore had to choose, all in one place.

Each choice names its subject, its value and the reason. The page and ``GET /_sandbox/choices`` list them,
so that nobody takes one of them for a fact about a cloud. What *is* documented does not belong here.
"""

from __future__ import annotations

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

ALIBABA_RPC_SIGNATURE = Choice(
    "Alibaba gateway: signature version 1.0 (HMAC-SHA1 in the query) outside STS",
    Code(400, "IncompleteSignature"),
    "The real gateway takes it from all services; only the vendor's credentials package needs it, and for STS alone.",
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

# DataWorks

DATAWORKS_NO_PROJECT = Choice(
    "DataWorks: workspace that does not exist",
    Code(404, "Invalid.Tenant.ProjectNotExists"),
    "Named after the sample error code of the CreateBusiness page; the real code is not published.",
)
DATAWORKS_PROJECT_UNSET = Choice(
    "DataWorks: neither ProjectId nor ProjectIdentifier",
    Code(400, "MissingProjectId"),
    "The page says one is needed; the code follows the pattern Missing{Parameter}.",
)
DATAWORKS_PROJECTS_DIFFER = Choice(
    "DataWorks: ProjectId and ProjectIdentifier of different workspaces",
    Code(400, "InvalidParameter"),
    "Which one wins is not documented, so neither does.",
)
DATAWORKS_DUPLICATE = Choice(
    "DataWorks CreateBusiness and UpdateBusiness: name taken in the workspace",
    Code(409, "Invalid.Tenant.BusinessAlreadyExists"),
    "The page says names are unique; the code for a duplicate is not published.",
)
DATAWORKS_NO_BUSINESS = Choice(
    "DataWorks GetBusiness, UpdateBusiness, DeleteBusiness: business that does not exist",
    Code(404, "Invalid.Tenant.BusinessNotExists"),
    "Not published.",
)
DATAWORKS_UPDATE = Choice(
    "DataWorks UpdateBusiness: parameters that are not sent",
    "stay as they are; an empty BusinessName is refused, an empty Description is stored",
    "The SDK marks all of them optional and says no more.",
)
DATAWORKS_NO_GROUP = Choice(
    "DataWorks GetDataServiceGroup: group that does not exist",
    Code(404, "Invalid.Tenant.DataServiceGroupNotExists"),
    "Not published.",
)
DATAWORKS_NO_API_GROUP = Choice(
    "DataWorks CreateDataServiceGroup: API Gateway group that does not exist",
    Code(404, "Invalid.Tenant.ApiGatewayGroupNotExists"),
    "The page says the group is created in the API Gateway console first; the code is not published.",
)
DATAWORKS_GROUP_NAMES = Choice(
    "DataWorks CreateDataServiceGroup: name taken",
    "accepted, a second group is created",
    "Uniqueness is not documented; accepting is the harder case for a client.",
)
DATAWORKS_FAILURE_STYLE = Choice(
    "DataWorks: how a refusal is sent",
    "HTTP 4xx with the gateway's error body, never HTTP 200 with Success=false",
    "The fields for the second exist, but when the service uses them is not documented.",
)
DATAWORKS_OWNER = Choice(
    "DataWorks CreateBusiness: Owner of an unknown account",
    "accepted as it is",
    "No rule is published.",
)
DATAWORKS_CASE = Choice(
    "DataWorks: Keyword and GroupNameKeyword",
    "case-sensitive substring of the name",
    "Called fuzzy or substring, without more.",
)
DATAWORKS_FIRST_IDS = Choice(
    "DataWorks: first ids",
    {"BusinessId": 100001, "GroupId": 12345},
    "The ids of the vendor's samples, counted up from there.",
)

# BPStudio

BPSTUDIO_CODE_TYPE = Choice(
    "BPStudio: type of Code in answers",
    "text",
    "The SDK's model says text, the API page a number; a client must compare as text anyway.",
)
BPSTUDIO_NOT_FOUND = Choice(
    "BPStudio: application, process or task that does not exist",
    Code(200, "8004"),
    "Code exists to be compared, so a failure is HTTP 200 with another Code; 8004 is the closest one.",
)
BPSTUDIO_FAILED = Choice(
    "BPStudio: Code of a failure with HTTP 200 that a fault rule asks for without one",
    "500",
    "The published table has no code for an internal error.",
)
BPSTUDIO_STATUS = Choice(
    "BPStudio GetTask: status of a task that was created and not executed",
    "BINDING",
    "Only FINISH and BINDING are published.",
)
BPSTUDIO_NAMES = Choice(
    "BPStudio CreateTask: name taken",
    "accepted, a second task is created",
    "Uniqueness is not documented; accepting is the harder case for a client.",
)
LOCAL_TIMES = Choice(
    "BPStudio GmtCreate and SecMaster times: zone",
    "eight hours ahead of UTC",
    "The samples show +0800, or no zone at all.",
)
BPSTUDIO_FIRST_ID = Choice("BPStudio: first task id", 1994, "The id of the vendor's sample.")

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
    "Fabric, IAM and SecMaster's other calls: failure with HTTP 200 that a fault rule asks for without a code",
    "common.00000500",
    "These services have no success flag, so the error body is sent with HTTP 200.",
)

# SecMaster

SECMASTER_INVALID = Choice(
    "SecMaster: unknown field or parameter",
    Code(400, "SecMaster.20030001"),
    "The documented code for invalid parameters; the real service may ignore unknown ones.",
)
SECMASTER_DATACLASS = Choice(
    "SecMaster create workflow: data class that is not of the workspace",
    Code(400, "SecMaster.20030001"),
    "Data class ids belong to a workspace; the code for a wrong one is not published.",
)
SECMASTER_ENABLE = Choice(
    "SecMaster update workflow: enabled without version_id",
    Code(400, "SecMaster.20030001"),
    "Enabling needs the id of an activated version; the code for leaving it out is not published.",
)
SECMASTER_NAMES = Choice(
    "SecMaster create and update workflow: name taken",
    "accepted, a second workflow is created",
    "Uniqueness is not documented; accepting is the harder case for a client.",
)
SECMASTER_NAME_FILTER = Choice(
    "SecMaster lists: filters by name and description",
    "case-sensitive substring",
    "Exact or substring is not documented; substring shows a client that does not compare itself.",
)
SECMASTER_ENGINE = Choice(
    "SecMaster create workflow: engine_type",
    "any text",
    "public_engine is the only published literal, and a dedicated edition exists.",
)
SECMASTER_FOREIGN_PROJECT = Choice(
    "SecMaster: path with a project that is not the caller's",
    Code(400, "SecMaster.20030002"),
    "The documented code for an invalid project id.",
)
SECMASTER_ERROR_SHAPES = Choice(
    "SecMaster: error body of workspace and data class calls",
    "error_code and error_msg",
    "Both shapes are documented; workflow calls use code and message.",
)

# Fabric

FABRIC_DUPLICATE = Choice(
    "Fabric create and update workspace: name taken in the account",
    Code(400, "dataartsfabric.00010001"),
    "The page says duplicates are refused; a sibling product uses HTTP 400 and a code of its own.",
)
FABRIC_LIMIT_CODE = Choice(
    "Fabric create workspace: too many workspaces",
    Code(400, "dataartsfabric.00010002"),
    "The page says there is a limit; code and status are not published.",
)
FABRIC_LIMIT = Choice("Fabric: workspaces in an account", 100, "The limit is not published.")
FABRIC_INVALID = Choice(
    "Fabric: unknown, missing or wrong field or parameter",
    Code(400, "common.01000001"),
    "The page shows this code for a type mismatch only; the real service may ignore unknown fields.",
)
FABRIC_BAD_TOKEN = Choice(
    "Fabric: which answer for which bad token",
    "unknown: HTTP 403 with the nested body; expired: HTTP 401 APIG.1002",
    "The page documents both and does not say when each is sent.",
)
FABRIC_NUMBER_ZERO = Choice(
    "Fabric: enterprise_project_id of a workspace in the default project",
    "the number 0 after create, the text 0 after update and in lists",
    "The page's sample shows the number, the models say text; a client must take both.",
)
FABRIC_TAGS = Choice(
    "Fabric: tags in answers",
    "in the answer to create when tags were sent, not after update and not in lists",
    "The page's table has them, the models of the SDK do not.",
)
FABRIC_ORDER = Choice("Fabric list workspaces: order", "oldest first", "Not documented.")

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


def listing() -> list[dict[str, Any]]:
    """All choices as JSON, in the order of this module."""
    found = [value for value in globals().values() if isinstance(value, Choice)]
    return [{"subject": each.subject, "value": _plain(each.value), "why": each.why} for each in found]


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {number}" for name, number in value.items())
    return str(value)
