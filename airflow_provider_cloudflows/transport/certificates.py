"""Which certificates a connection trusts.

Loading them costs tens of milliseconds, so TLS contexts are kept; a file that was replaced is noticed and read again,
since workers and API servers live for months and certificates do not. Verification itself cannot be turned off.
"""

from __future__ import annotations

import os
import ssl
import threading
from typing import NamedTuple, TypeAlias

import certifi

from airflow_provider_cloudflows.errors import ConfigurationError

__all__ = ["kept_certificates", "trusted_certificates"]

MOST_SOURCES = 16

Mark: TypeAlias = tuple[int, int, int]
"""Modification time, size and inode: another file under the same path has another one."""


class CertificateSource(NamedTuple):
    """Where certificates are read from.

    :param path: a file of certificates or, if ``is_folder``, a folder as ``openssl rehash`` makes it.
    """

    path: str
    is_folder: bool = False

    @classmethod
    def of(cls, ca_bundle: str | None) -> CertificateSource:
        """Return ``ca_bundle``, else what ``SSL_CERT_FILE`` or ``SSL_CERT_DIR`` names, else the default ones."""
        if file := ca_bundle or os.environ.get("SSL_CERT_FILE"):
            return cls(file)
        if folder := os.environ.get("SSL_CERT_DIR"):
            return cls(folder, is_folder=True)
        return cls(certifi.where())

    def mark(self) -> Mark:
        """Return what changes when the certificates are replaced.

        :raises OSError: the path does not exist or cannot be read.
        """
        status = os.stat(self.path)  # noqa: PTH116 - each call asks, and a Path costs three times as much as the answer
        return status.st_mtime_ns, status.st_size, status.st_ino

    def load(self) -> ssl.SSLContext:
        """Return a TLS context that trusts these certificates and no others."""
        if self.is_folder:
            return ssl.create_default_context(capath=self.path)
        return ssl.create_default_context(cafile=self.path)


_kept: dict[CertificateSource, tuple[Mark, ssl.SSLContext]] = {}
_lock = threading.Lock()


def kept_certificates(ca_bundle: str | None) -> ssl.SSLContext | None:
    """Return the TLS context for ``ca_bundle`` if it is loaded already and its certificates have not changed since."""
    source = CertificateSource.of(ca_bundle)
    known = _kept.get(source)
    if known is None:
        return None
    try:
        return known[1] if known[0] == source.mark() else None
    except OSError:
        return None


def trusted_certificates(ca_bundle: str | None) -> ssl.SSLContext:
    """Return the TLS context that trusts ``ca_bundle``, else ``SSL_CERT_FILE``/``SSL_CERT_DIR``, else the defaults.

    :param ca_bundle: a file of CA certificates.
    :raises ConfigurationError: they cannot be read.
    """
    with _lock:
        kept = kept_certificates(ca_bundle)
        if kept is not None:
            return kept
        source = CertificateSource.of(ca_bundle)
        try:
            mark = source.mark()  # before reading: what is replaced meanwhile is read again
            context = source.load()
        except OSError as failure:
            raise ConfigurationError(
                f"The CA bundle {source.path!r} cannot be read ({failure.strerror or failure}); "
                "correct its path in the connection."
            ) from None
        while len(_kept) >= MOST_SOURCES:
            del _kept[next(iter(_kept))]
        _kept[source] = (mark, context)
        return context


def _start_anew() -> None:
    """Let nobody wait, in a forked child, for a thread that is not there."""
    global _lock
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_start_anew)
