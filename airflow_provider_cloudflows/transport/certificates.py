"""Which certificates a connection trusts.

Loading them costs tens of milliseconds, so TLS contexts are kept; a file that was replaced is noticed within a second
and read again, since workers and API servers live for months and certificates do not. Verification itself cannot be
turned off.
"""

from __future__ import annotations

import os
import ssl
import threading
import time
from typing import NamedTuple, TypeAlias

import certifi

from airflow_provider_cloudflows.errors import ConfigurationError

__all__ = ["kept_certificates", "trusted_certificates"]

MOST_SOURCES = 16

LOOK_AGAIN_AFTER = 1.0
"""Seconds for which a look at the file counts: calls come in rows, and a look takes some hundredths of a call."""

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


class _Loaded:
    """A TLS context, and what its certificates were like when they were read."""

    def __init__(self, source: CertificateSource) -> None:
        self.mark = source.mark()  # before reading: what is replaced meanwhile is read again
        self.context = source.load()
        self.looked_at = time.monotonic()

    def is_current(self, source: CertificateSource) -> bool:
        """Tell whether the certificates are what they were, as of a moment ago."""
        now = time.monotonic()
        if now - self.looked_at < LOOK_AGAIN_AFTER:
            return True
        try:
            is_same = self.mark == source.mark()
        except OSError:
            return False
        if is_same:
            self.looked_at = now
        return is_same


_kept: dict[CertificateSource, _Loaded] = {}
_lock = threading.Lock()


def kept_certificates(ca_bundle: str | None) -> ssl.SSLContext | None:
    """Return the TLS context for ``ca_bundle`` if it is loaded already and its certificates have not changed since."""
    source = CertificateSource.of(ca_bundle)
    known = _kept.get(source)
    return known.context if known is not None and known.is_current(source) else None


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
            loaded = _Loaded(source)
        except OSError as failure:
            raise ConfigurationError(
                f"The CA bundle {source.path!r} cannot be read ({failure.strerror or failure}); "
                "correct its path in the connection."
            ) from None
        while len(_kept) >= MOST_SOURCES:
            del _kept[next(iter(_kept))]
        _kept[source] = loaded
        return loaded.context


def _start_anew() -> None:
    """Let nobody wait, in a forked child, for a thread that is not there."""
    global _lock
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_start_anew)
