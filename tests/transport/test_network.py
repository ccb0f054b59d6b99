"""Proxies and certificates: how a transport reaches the network, over real sockets."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from airflow_provider_cloudflows.errors import ConfigurationError
from airflow_provider_cloudflows.transport.client import Transport, TransportSettings
from airflow_provider_cloudflows.transport.message import Message
from airflow_provider_cloudflows.transport.outcome import Interrupted, NotSent
from tests.transport.servers import COLOURS, Answer, Colour, Peer, http_script, one, serving

colours = pytest.mark.parametrize("colour", COLOURS)

PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def _no_proxy_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


def transport(**options: object) -> Transport:
    return Transport(TransportSettings(timeout=5, **options))  # type: ignore[arg-type]


@colours
def test_a_proxy_gets_the_whole_address(colour: Colour) -> None:
    with serving(http_script(lambda seen: Answer(seen.target.encode()))) as proxy:
        message = Message("POST", "http://fabric.cn-north-4.myhuaweicloud.com", "/v1/workspaces", "a=%2F", body=b"x")
        reply = colour(transport(proxy=proxy.origin), one(message))
        assert reply.body == b"http://fabric.cn-north-4.myhuaweicloud.com/v1/workspaces?a=%2F"
        assert b"\r\nHost: fabric.cn-north-4.myhuaweicloud.com\r\n" in proxy.requests[0]


@colours
def test_a_tunnel_is_asked_for_before_anything_is_sent(colour: Colour) -> None:
    with serving(http_script(lambda _: Answer(status=407))) as proxy:
        with pytest.raises(NotSent, match="407"):
            colour(
                transport(proxy=f"http://user:pa55@127.0.0.1:{proxy.port}"),
                one(Message("POST", "https://sts.aliyuncs.com", body=b"the-body")),
            )
        assert proxy.requests[0].startswith(b"CONNECT sts.aliyuncs.com:443 HTTP/1.1\r\n")
        assert b"Proxy-Authorization: Basic dXNlcjpwYTU1" in proxy.requests[0]
        assert b"the-body" not in b"".join(proxy.requests)


@colours
def test_the_environment_names_the_proxy(colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(http_script(lambda _: Answer(b"through the proxy"))) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"127.0.0.1:{proxy.port}")
        reply = colour(transport(), one(Message("GET", "http://sts.example.com")))
    assert reply.body == b"through the proxy"


@colours
@pytest.mark.parametrize("spared", ["127.0.0.1", "*", "example.com, 127.0.0.1"])
def test_no_proxy_is_honoured(colour: Colour, spared: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        serving(http_script(lambda _: Answer(b"through the proxy"))) as proxy,
        serving(http_script(lambda _: Answer(b"straight"))) as server,
    ):
        monkeypatch.setenv("HTTP_PROXY", proxy.origin)
        monkeypatch.setenv("NO_PROXY", spared)
        assert colour(transport(), one(Message("GET", server.origin))).body == b"straight"
        monkeypatch.setenv("NO_PROXY", "example.com")
        assert colour(transport(), one(Message("GET", server.origin))).body == b"through the proxy"


@colours
@pytest.mark.parametrize("proxy", ["proxy.example.com:3128", "socks5://127.0.0.1:1", "ftp://127.0.0.1", "http://[::1"])
def test_a_proxy_that_is_none_is_one_sentence(colour: Colour, proxy: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^The proxy is not the address of an HTTP proxy.*; correct Proxy in"):
        colour(transport(proxy=proxy), one(Message("GET", "http://127.0.0.1:1")))


def test_settings_do_not_show_the_password_of_a_proxy() -> None:
    assert "pa55" not in repr(TransportSettings(proxy="http://user:pa55@127.0.0.1:3128"))


class Authority:
    """A certificate authority of our own and a server certificate for 127.0.0.1."""

    def __init__(self, folder: Path) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test CA")])
        now = datetime.datetime.now(datetime.UTC)
        ca = self._certificate(name, name, key.public_key(), now)
        ca = ca.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        ca = ca.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        usage = dict.fromkeys(
            (
                "digital_signature",
                "content_commitment",
                "key_encipherment",
                "data_encipherment",
                "key_agreement",
                "crl_sign",
                "encipher_only",
                "decipher_only",
            ),
            False,
        )
        ca = ca.add_extension(x509.KeyUsage(key_cert_sign=True, **usage), critical=True)
        server_key = ec.generate_private_key(ec.SECP256R1())
        server_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
        server = self._certificate(server_name, name, server_key.public_key(), now)
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        server = server.add_extension(x509.SubjectAlternativeName([address]), critical=False)
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
        server = server.add_extension(authority, critical=False)

        self.bundle = folder / "ca.pem"
        self.bundle.write_bytes(ca.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        chain = folder / "server.pem"
        chain.write_bytes(
            server_key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + server.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        )
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(chain)

    @staticmethod
    def _certificate(
        subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime.datetime
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
        )


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@colours
def test_a_ca_bundle_is_trusted(colour: Colour, authority: Authority) -> None:
    with serving(http_script(lambda _: Answer(b"{}")), authority.context) as server:
        reply = colour(transport(ca_bundle=str(authority.bundle)), one(Message("GET", server.origin)))
    assert reply.body == b"{}"


@colours
def test_the_deadline_holds_over_tls(colour: Colour, authority: Authority) -> None:
    def dripping(peer: Peer) -> None:
        peer.request()
        peer.drip(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 150, 0.02)

    settings = TransportSettings(timeout=0.5, ca_bundle=str(authority.bundle))
    with serving(dripping, authority.context) as server, pytest.raises(Interrupted, match="no complete answer"):
        colour(Transport(settings), one(Message("GET", server.origin)))


@colours
def test_an_unknown_certificate_means_not_sent(colour: Colour, authority: Authority) -> None:
    with serving(http_script(lambda _: Answer(b"{}")), authority.context) as server:
        with pytest.raises(NotSent, match="CERTIFICATE_VERIFY_FAILED"):
            colour(transport(), one(Message("POST", server.origin)))
        assert server.requests == []


@colours
def test_a_certificate_for_another_host_means_not_sent(colour: Colour, authority: Authority) -> None:
    with serving(http_script(lambda _: Answer(b"{}")), authority.context) as server:
        with pytest.raises(NotSent, match="CERTIFICATE_VERIFY_FAILED"):
            colour(
                transport(ca_bundle=str(authority.bundle)),
                one(Message("POST", f"https://localhost:{server.port}")),
            )
        assert server.requests == []


def stall(peer: Peer) -> None:
    peer.stopping.wait(30)


@colours
def test_a_handshake_that_stalls_means_not_sent(colour: Colour, authority: Authority) -> None:
    settings = TransportSettings(timeout=5, connect_timeout=0.3, ca_bundle=str(authority.bundle))
    with (
        serving(stall) as server,
        pytest.raises(NotSent, match="no connection within the connect timeout"),
    ):
        colour(Transport(settings), one(Message("POST", f"https://127.0.0.1:{server.port}")))


@colours
def test_the_environment_may_name_the_certificates(
    colour: Colour, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.bundle))
    with serving(http_script(lambda _: Answer(b"{}")), authority.context) as server:
        assert colour(transport(), one(Message("GET", server.origin))).status == 200


@colours
@pytest.mark.parametrize("content", [None, b"not a certificate"])
def test_a_ca_bundle_that_cannot_be_read_is_one_sentence(colour: Colour, content: bytes | None, tmp_path: Path) -> None:
    bundle = tmp_path / "missing.pem"
    if content is not None:
        bundle.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"^The CA bundle '.*missing\.pem' cannot be read \(.+\); correct its"):
        colour(transport(ca_bundle=str(bundle)), one(Message("GET", "https://127.0.0.1:1")))
