"""The identity of a pod in Huawei Cloud's container engine: an agent of the node hands out temporary keys.

No vendor page shows the wire; it is what the vendor's package sends: a POST of an empty JSON object, with the content
of a token file as the ``Authorization`` header. The package goes through a proxy if there is one; here none is asked,
since the agent is on the node.
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
import re
from collections.abc import Hashable, Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from airflow_provider_cloudflows.auth.answers import sentence
from airflow_provider_cloudflows.auth.base import Credential, NotConfigured
from airflow_provider_cloudflows.auth.huawei.keys import credential_in, succeeded
from airflow_provider_cloudflows.auth.reach import Reach, asked
from airflow_provider_cloudflows.auth.token_file import token_in
from airflow_provider_cloudflows.calls.endpoints import origin_of
from airflow_provider_cloudflows.errors import ConfigurationError, NoAnswer
from airflow_provider_cloudflows.transport.flow import Flow
from airflow_provider_cloudflows.transport.message import Message

__all__ = ["PodIdentitySource"]

URI = "HC_CONTAINER_CREDENTIALS_FULL_URI"
TOKEN_FILE = "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE"
SERVICE = "the pod identity agent"
ANSWER_SECONDS = 5.0
LINK_LOCAL = ipaddress.ip_network("169.254.0.0/16")
PRINTABLE = re.compile(r"[!-~]+")

ADVICE = f"check the token in the file that {TOKEN_FILE} names, and the agency of the pod's service account"


class PodIdentitySource:
    """Temporary keys of the agency that a pod's service account stands for.

    :param reach: how the agent is reached: never through a proxy.
    :param uri: where the agent is; None takes ``HC_CONTAINER_CREDENTIALS_FULL_URI``. Plain HTTP is for this machine
        and its own link (169.254.0.0/16), unless ``reach`` allows more.
    :param token_file: holds the pod's token; None takes ``HC_CONTAINER_AUTHORIZATION_TOKEN_FILE``. It is read anew
        each time.
    :param environ: the variables; those of this process by default.
    """

    def __init__(
        self,
        reach: Reach,
        uri: str | None = None,
        token_file: str | Path | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._reach = reach
        self._uri = uri
        self._token_file = token_file
        self._environ = environ
        self._token = ""

    def obtain(self) -> Flow[Credential]:
        """Return new keys.

        :raises NotConfigured: neither the address nor the token file is known.
        :raises ConfigurationError: one of them is missing, or not what it should be.
        :raises CloudError: the agent does not answer, or refuses.
        """
        uri, token_file = self._given()
        message = self._message(uri)
        self._token = token_in(token_file, "pod token file")
        message.headers = {"Authorization": self._token, "Content-Type": "application/json"}
        message.body = b"{}"
        try:
            reply = yield from asked(message, sentence(SERVICE), ANSWER_SECONDS)
        except NotConfigured as silence:  # somebody said that it is there
            raise NoAnswer(
                silence.sentence(), operation=sentence(SERVICE), advice="check that it runs on the node"
            ) from None
        who = f"{SERVICE} at {message.origin}"
        return credential_in(succeeded(reply, who, ADVICE, (self._token,)), who, "pod identity")

    def identity(self) -> Hashable:
        """Return a digest of the address, and the token file."""
        uri = self._uri or self._environ.get(URI, "")
        file = str(self._token_file or self._environ.get(TOKEN_FILE, ""))
        return ("pod_identity", hashlib.sha256(uri.encode("utf-8", "surrogatepass")).hexdigest(), file)

    def secrets(self) -> Iterable[str]:
        """Return the token that was read last."""
        return (self._token,) if self._token else ()

    def _given(self) -> tuple[str, str]:
        uri = (self._uri or self._environ.get(URI, "")).strip()
        file = str(self._token_file or self._environ.get(TOKEN_FILE, ""))
        if not uri and not file:
            raise NotConfigured(f"Neither {URI} nor {TOKEN_FILE} is set.")
        if not uri or not file:
            there, missing = (URI, TOKEN_FILE) if uri else (TOKEN_FILE, URI)
            raise ConfigurationError(f"{there} is set and {missing} is not; set both or neither.")
        return uri, file

    def _message(self, uri: str) -> Message:
        """Return the request to the agent; the path and the query are sent as they are."""
        try:
            parts = urlsplit(uri)
            if not PRINTABLE.fullmatch(uri) or parts.fragment or parts.scheme not in ("http", "https"):
                raise ValueError
            allow_http = self._reach.allow_http or _is_link_local(parts.hostname)
            origin = origin_of(f"{parts.scheme}://{parts.netloc}", URI, allow_http=allow_http)
        except (ValueError, ConfigurationError):
            raise ConfigurationError(
                f"{URI} must be an https:// address, or http:// on this machine or its own link (169.254.0.0/16); "
                "correct it, or allow plain HTTP in the connection."
            ) from None
        return Message("POST", origin, parts.path or "/", parts.query)


def _is_link_local(host: str | None) -> bool:
    try:
        return ipaddress.ip_address(host or "") in LINK_LOCAL
    except ValueError:
        return False
