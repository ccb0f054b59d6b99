"""A certificate authority for tests, a server certificate for 127.0.0.1, and a proxy that makes tunnels."""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import socket
import ssl
import threading
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.transport.servers import Peer

__all__ = ["Authority"]


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

    def tunnel(self, peer: Peer) -> None:
        """The script of a proxy that makes tunnels."""
        asked = peer.request()
        assert asked is not None
        host, _, port = asked.split(b" ")[1].decode().rpartition(":")
        with socket.create_connection((host, int(port))) as onward:
            peer.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_relay, args=(onward, peer.socket), daemon=True)
            back.start()
            _relay(peer.socket, onward)
            back.join()


def _relay(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)
