"""Proxies and certificates: how a transport reaches the network, over real sockets."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_cloudflows.errors import ConfigurationError
from airflow_provider_cloudflows.transport import certificates
from airflow_provider_cloudflows.transport.client import Transport, TransportSettings
from airflow_provider_cloudflows.transport.message import Message
from airflow_provider_cloudflows.transport.outcome import Interrupted, NotSent
from airflow_provider_cloudflows.transport.proxies import is_spared, proxy_of_the_environment
from tests.transport.authority import Authority
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
    with serving(http_script(lambda _: Answer(status=503))) as proxy:
        with pytest.raises(NotSent, match=r"^the proxy refused to make a connection: 503"):
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
    with pytest.raises(
        ConfigurationError, match=r"^\[CF101\] The proxy is not the address of an HTTP proxy.*; correct Proxy in"
    ):
        colour(transport(proxy=proxy), one(Message("GET", "http://127.0.0.1:1")))


def test_settings_do_not_show_the_password_of_a_proxy() -> None:
    assert "pa55" not in repr(TransportSettings(proxy="http://user:pa55@127.0.0.1:3128"))


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
    with pytest.raises(
        ConfigurationError, match=r"^\[CF101\] The CA bundle '.*missing\.pem' cannot be read \(.+\); correct its"
    ):
        colour(transport(ca_bundle=str(bundle)), one(Message("GET", "https://127.0.0.1:1")))


@colours
@pytest.mark.parametrize("named_by", ["the connection", "the environment"])
def test_a_ca_bundle_that_was_replaced_is_read_again(
    colour: Colour, named_by: str, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certificates, "LOOK_AGAIN_AFTER", 0.0)
    (tmp_path / "other").mkdir()
    bundle, other = tmp_path / "ca.pem", Authority(tmp_path / "other")
    bundle.write_bytes(other.bundle.read_bytes())
    if named_by == "the environment":
        monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    options = {"ca_bundle": str(bundle)} if named_by == "the connection" else {}
    with serving(http_script(lambda _: Answer(b"{}")), authority.context) as server:
        one_and_the_same = transport(**options)
        with pytest.raises(NotSent, match="CERTIFICATE_VERIFY_FAILED"):
            colour(one_and_the_same, one(Message("GET", server.origin)))
        replacement = tmp_path / "new.pem"
        replacement.write_bytes(authority.bundle.read_bytes())
        replacement.rename(bundle)
        assert colour(one_and_the_same, one(Message("GET", server.origin))).status == 200
        bundle.write_bytes(other.bundle.read_bytes())
        os.utime(bundle, ns=(1, 1))  # what a clock that is coarse would hide
        with pytest.raises(NotSent, match="CERTIFICATE_VERIFY_FAILED"):
            colour(one_and_the_same, one(Message("GET", server.origin)))


@colours
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_ca_bundle_verifies_a_proxy_too(colour: Colour, scheme: str, authority: Authority) -> None:
    with (
        serving(http_script(lambda _: Answer(b"{}")), authority.context) as server,
        serving(authority.tunnel if scheme == "https" else server.script, authority.context) as proxy,
    ):
        origin = server.origin if scheme == "https" else "http://sts.example.com"
        trusting = transport(proxy=proxy.origin, ca_bundle=str(authority.bundle))
        assert colour(trusting, one(Message("POST", origin, body=b"x"))).body == b"{}"
        with pytest.raises(NotSent, match="CERTIFICATE_VERIFY_FAILED"):
            colour(transport(proxy=proxy.origin), one(Message("POST", origin, body=b"x")))
        assert len(proxy.requests) == 1


@pytest.mark.parametrize(
    ("no_proxy", "spared", "not_spared"),
    [
        ("*", ["http://a.example.com", "http://[::1]", "https://10.0.0.1"], []),
        ("example.com", ["http://example.com", "https://a.b.example.com:8443"], ["http://badexample.com"]),
        (".example.com", ["http://a.example.com", "http://example.com"], ["http://notexample.com"]),
        ("*.example.com", ["http://a.example.com", "http://EXAMPLE.com."], ["http://example.org"]),
        ("Example.COM.", ["http://a.EXAMPLE.com"], ["http://example.com.evil.org"]),
        ("example.com:8443", ["https://example.com:8443"], ["https://example.com", "http://example.com:80"]),
        ("example.com:443", ["https://example.com", "https://a.example.com:443"], ["http://example.com"]),
        ("::1", ["http://[::1]", "http://[::1]:8080", "http://[0:0::1]"], ["http://[::2]", "http://127.0.0.1"]),
        ("[::1]", ["http://[::1]", "http://[::1]:8080"], ["http://[::2]"]),
        ("[::1]:8080", ["http://[::1]:8080"], ["http://[::1]", "http://[::1]:80"]),
        ("10.0.0.0/8", ["http://10.1.2.3", "https://10.255.255.255:8443"], ["http://11.0.0.1", "http://a10.0.0.0"]),
        ("10.1.2.3/8", ["http://10.9.9.9"], ["http://11.0.0.1"]),
        ("fd00::/8, [fe80::]/10", ["http://[fd12::1]", "http://[fe80::1]:80"], ["http://[2001:db8::1]"]),
        ("127.0.0.1:8080", ["http://127.0.0.1:8080"], ["http://127.0.0.1"]),
        ("127.0.0.1", ["http://[::ffff:127.0.0.1]"], ["http://127.0.0.10", "http://x.127.0.0.1"]),
        ("0.0.1", [], ["http://10.0.0.1"]),
        ("a.org,\tb.org  c.org\n,,", ["http://a.org", "http://b.org", "http://c.org"], ["http://d.org"]),
        ("", [], ["http://a.org"]),
        (" , ", [], ["http://a.org"]),
        ("999.0.0.0/8, 10.0.0.0/99, [, ], :, ::::, .", [], ["http://a.org", "http://10.0.0.1", "http://[::1]"]),
        ("localhost", ["http://localhost:8080", "http://db.localhost"], ["http://127.0.0.1"]),
    ],
)
def test_no_proxy_is_read_as_environments_write_it(
    no_proxy: str, spared: list[str], not_spared: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:3128")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    for origin in spared:
        assert proxy_of_the_environment(origin) is None, origin
    for origin in not_spared:
        assert proxy_of_the_environment(origin) == "http://127.0.0.1:3128", origin


@given(st.text(), st.sampled_from(["http://a.example.com", "https://10.0.0.1:8443", "http://[::1]"]))
def test_no_text_breaks_the_reading_of_no_proxy(no_proxy: str, origin: str) -> None:
    assert is_spared(origin, no_proxy) in (True, False)
    assert is_spared(origin, f"{no_proxy},{origin.partition('://')[2]}")
