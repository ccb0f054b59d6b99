"""The vendors' own host names, answered by the sandbox.

An HTTP proxy on loopback takes every ``CONNECT``, whatever the host, ends the TLS inside with a certificate made for
these tests, and hands the bytes to the sandbox. A hook without any endpoint field thus makes its real calls, to the
real host names, over real TLS; the proxy remembers which hosts were asked for.
"""

from __future__ import annotations

import datetime
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.transport.servers import Peer, RawServer

__all__ = ["VendorHosts", "make_certificate", "vendor_hosts"]

SUFFIXES = ("aliyuncs.com", "cn-hangzhou.aliyuncs.com", "myhuaweicloud.com", "cn-north-4.myhuaweicloud.com")
REGIONAL = ("ap-southeast-1.aliyuncs.com", "cn-shanghai.aliyuncs.com", "eu-west-101.myhuaweicloud.eu")


@dataclass
class VendorHosts:
    """:param proxy: address of the proxy.
    :param ca_bundle: file with the certificate to trust.
    :param asked: the hosts that were asked for, in order."""

    proxy: str
    ca_bundle: Path
    asked: list[str] = field(default_factory=list)


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """Write a self-signed certificate for the vendors' hosts; return its file and the file of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "cloudflows tests")])
    now = datetime.datetime.now(datetime.UTC)
    hosts = [x509.DNSName(f"*.{suffix}") for suffix in (*SUFFIXES, *REGIONAL)]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / "ca.pem", folder / "key.pem"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate_file, key_file


@contextmanager
def vendor_hosts(sandbox_port: int, certificate: Path, key: Path) -> Iterator[VendorHosts]:
    """Run the proxy for the duration of the block."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    asked: list[str] = []

    def tunnel(peer: Peer) -> None:
        first = peer.request() or b""
        method, target = first.decode("latin-1").split(" ")[:2]
        assert method == "CONNECT", "a call left without TLS"
        asked.append(target.removesuffix(":443"))
        peer.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with (
            tls.wrap_socket(peer.socket, server_side=True) as inside,
            socket.create_connection(("127.0.0.1", sandbox_port)) as upstream,
        ):
            client, cloud = Peer(inside, [], peer.stopping), Peer(upstream, [], peer.stopping)
            while (request := client.request()) is not None:
                cloud.send(request)
                client.send(cloud.request() or b"")  # an answer is framed as a request is

    server = RawServer(tunnel)
    try:
        yield VendorHosts(server.origin, certificate, asked)
    finally:
        server.stop()
