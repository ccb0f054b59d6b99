"""What a credential shows and refuses, and what a signer adds to each message."""

from __future__ import annotations

import pickle
import threading

import pytest

from airflow_provider_cloudflows.auth.alibaba.acs3 import Acs3Signer
from airflow_provider_cloudflows.auth.base import AccessKey
from airflow_provider_cloudflows.auth.huawei.sdk_hmac import SdkHmacSigner
from airflow_provider_cloudflows.auth.huawei.token import TokenSigner
from airflow_provider_cloudflows.errors import ConfigurationError
from airflow_provider_cloudflows.transport.flow import Signer
from airflow_provider_cloudflows.transport.message import Message

KEY = AccessKey("AKID", "the-secret", "the-session-token")


def sign(signer: Signer, message: Message | None = None) -> Message:
    message = message or Message("POST", "https://example.com")
    assert list(signer.sign(message)) == []
    return message


def test_a_repr_shows_the_key_id_and_no_secret() -> None:
    shown = repr(KEY) + str(KEY) + repr(Acs3Signer(KEY)) + repr(SdkHmacSigner(KEY)) + repr(TokenSigner("the-token"))
    assert "AKID" in shown
    assert "the-" not in shown


def test_a_message_shows_neither_headers_nor_body() -> None:
    message = sign(SdkHmacSigner(KEY), Message("POST", "https://example.com", body=b"the-password"))
    assert message.headers["X-Security-Token"] == "the-session-token"
    assert "the-" not in repr(message)


@pytest.mark.parametrize("signer", [Acs3Signer(KEY), SdkHmacSigner(KEY)])
def test_a_signer_names_its_secrets(signer: Signer) -> None:
    assert set(signer.secrets()) == {"the-secret", "the-session-token"}


def test_a_key_without_a_session_has_one_secret() -> None:
    assert AccessKey("AKID", "the-secret").secrets() == ("the-secret",)


@pytest.mark.parametrize(
    "bad", ["", " ", "k3y\n", "\tk3y", "k3y b", "k3y\r\nX-Evil: 1", "k3yé", "k3y\x00", "k3y\x7f", "\u200bk3y"]
)
def test_what_no_header_can_carry_is_refused_without_being_shown(bad: str) -> None:
    for make in (
        lambda: AccessKey(bad, "secret"),
        lambda: AccessKey("id", bad),
        lambda: AccessKey("id", "secret", bad),
        lambda: TokenSigner(bad),
    ):
        with pytest.raises(ConfigurationError, match="paste it again") as caught:
            make()
        assert "k3y" not in str(caught.value)


def test_the_refusal_names_the_part() -> None:
    with pytest.raises(ConfigurationError, match="The access key secret of the connection is empty"):
        AccessKey("id", "")


def test_an_acs3_nonce_never_comes_twice() -> None:
    signer, nonces = Acs3Signer(KEY), []

    def many() -> None:
        for _ in range(500):
            nonces.append(sign(signer).headers["x-acs-signature-nonce"])  # noqa: PERF401

    threads = [threading.Thread(target=many) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(nonces) == len(set(nonces)) == 4000


def test_signing_again_renews_everything_that_a_second_attempt_needs() -> None:
    now = iter([0.0, 61.0])
    signer = Acs3Signer(KEY, clock=lambda: next(now))
    message = sign(signer)
    first = dict(message.headers)
    sign(signer, message)
    assert first["x-acs-date"] == "1970-01-01T00:00:00Z"
    assert message.headers["x-acs-date"] == "1970-01-01T00:01:01Z"
    for name in ("x-acs-signature-nonce", "Authorization"):
        assert message.headers[name] != first[name]


def test_a_huawei_signature_carries_the_date_of_its_own_attempt() -> None:
    now = iter([0.0, 61.0])
    signer = SdkHmacSigner(KEY, clock=lambda: next(now))
    message = sign(signer)
    first = dict(message.headers)
    sign(signer, message)
    assert (first["X-Sdk-Date"], message.headers["X-Sdk-Date"]) == ("19700101T000000Z", "19700101T000101Z")
    assert message.headers["Authorization"] != first["Authorization"]


def test_only_a_temporary_key_sends_a_session_token() -> None:
    permanent = AccessKey("AKID", "the-secret")
    assert "x-acs-security-token" not in sign(Acs3Signer(permanent)).headers
    assert "X-Security-Token" not in sign(SdkHmacSigner(permanent)).headers
    alibaba = sign(Acs3Signer(KEY)).headers
    assert alibaba["x-acs-security-token"] == "the-session-token"
    assert ";x-acs-security-token;" in alibaba["Authorization"]
    assert "x-security-token" in sign(SdkHmacSigner(KEY)).headers["Authorization"]


def test_a_token_is_sent_as_it_is_and_nothing_is_signed() -> None:
    signer = TokenSigner("the-token")
    assert sign(signer).headers == {"X-Auth-Token": "the-token"}
    assert set(signer.secrets()) == {"the-token"}


def test_the_body_and_every_signed_header_are_part_of_the_signature() -> None:
    def authorization(message: Message) -> str:
        acs3 = Acs3Signer(KEY, clock=lambda: 0.0, nonce=lambda: "n")
        signatures = [sign(acs3, message).headers.pop("Authorization")]
        signatures.append(sign(SdkHmacSigner(KEY, clock=lambda: 0.0), message).headers.pop("Authorization"))
        assert len(set(signatures)) == 2
        return " ".join(signatures)

    base = {"method": "POST", "origin": "https://example.com", "path": "/a", "query": "b=c", "body": b"d"}
    changes: dict[str, object] = {
        "method": "PUT",
        "origin": "https://example.com:1",
        "path": "/b",
        "query": "b=d",
        "body": b"e",
        "headers": {"Content-Type": "text/plain"},
    }
    seen = {authorization(Message(**base))}  # type: ignore[arg-type]
    for name, value in changes.items():
        seen.add(authorization(Message(**{**base, name: value})))  # type: ignore[arg-type]
    assert len(seen) == 1 + len(changes)


def test_a_key_survives_pickling() -> None:
    assert pickle.loads(pickle.dumps(KEY)) == KEY
