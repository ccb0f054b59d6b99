"""Keys that a program prints: the mode ``External`` of a profile of the Alibaba Cloud CLI.

Vendor page: *Configure credentials*, External mode, of the Alibaba Cloud CLI. The program is started as it stands in
the profile, without a shell, as the vendor's package does; what it prints is never shown.
"""

from __future__ import annotations

import hashlib
import shlex
import subprocess
import threading
from collections.abc import Hashable, Iterable
from concurrent.futures import Future

from airflow_provider_cloudflows.auth.alibaba.keys import access_key, text_in
from airflow_provider_cloudflows.auth.answers import object_in, sentence
from airflow_provider_cloudflows.auth.base import Credential, expiry
from airflow_provider_cloudflows.errors import ConfigurationError
from airflow_provider_cloudflows.transport.flow import Flow, Join
from airflow_provider_cloudflows.transport.redact import excerpt

__all__ = ["ExternalProcessSource"]

LONGEST_RUN = 60.0
"""Seconds that the program may take; the vendor's own limit."""


class ExternalProcessSource:
    """Keys that a program prints as JSON: ``access_key_id``, ``access_key_secret``, ``sts_token``, ``expiration``.

    :param command: program and arguments, quoted as for a POSIX shell; no variable and no pipe has a meaning in it.
    :param where: the profile, for messages.
    :param seconds: how long it may take.
    """

    def __init__(self, command: str, where: str, seconds: float = LONGEST_RUN) -> None:
        try:
            self._words = shlex.split(command)
        except ValueError:
            self._words = []
        if not self._words:
            raise ConfigurationError(f"The field process_command in {where} is no command; mind its quotes.")
        self._where = where
        self._program = f"the program {excerpt(self._words[0], 120)} of {where}"
        self._seconds = seconds

    def obtain(self) -> Flow[Credential]:
        """Return the keys that the program prints now; it runs beside the event loop, not on it.

        :raises ConfigurationError: it did not run, failed, took too long or printed something else.
        """
        printed: Future[bytes] = Future()
        over: Future[None] = Future()
        threading.Thread(target=self._run, args=(printed, over), name="cloudflows-external", daemon=True).start()
        yield Join(over, self._seconds + 5)
        if not printed.done():
            raise self._too_slow()
        place = f"what {self._program} printed"
        document = object_in(printed.result(), sentence(place))
        key_id, secret = (text_in(document, name, place) for name in ("access_key_id", "access_key_secret"))
        is_temporary = document.get("mode") == "StsToken" or document.get("sts_token")
        token = text_in(document, "sts_token", place) if is_temporary else None
        expires = text_in(document, "expiration", place) if document.get("expiration") else None
        return Credential(
            access_key(key_id, secret, token, place), self._where, None if expires is None else expiry(expires, None)
        )

    def identity(self) -> Hashable:
        """Return a digest of the command, which may hold a secret."""
        return ("external_process", hashlib.sha256(repr(self._words).encode()).hexdigest())

    def secrets(self) -> Iterable[str]:
        """Return nothing: which words of a command are secrets cannot be told, so none is shown but the first."""
        return ()

    def _run(self, printed: Future[bytes], over: Future[None]) -> None:
        try:
            printed.set_result(self._output())
        except ConfigurationError as failure:
            printed.set_exception(failure)
        finally:
            over.set_result(None)

    def _output(self) -> bytes:
        try:
            done = subprocess.run(
                self._words, stdin=subprocess.DEVNULL, capture_output=True, timeout=self._seconds, check=False
            )
        except subprocess.TimeoutExpired:
            raise self._too_slow() from None
        except (OSError, ValueError) as failure:
            reason = failure.strerror if isinstance(failure, OSError) else "no program has such a name"
            raise ConfigurationError(f"{sentence(self._program)} could not be started ({reason}).") from None
        if done.returncode != 0:
            raise ConfigurationError(
                f"{sentence(self._program)} ended with exit status {done.returncode}; run it by hand to see why."
            )
        return done.stdout

    def _too_slow(self) -> ConfigurationError:
        return ConfigurationError(
            f"{sentence(self._program)} did not end within {self._seconds:g} seconds and was stopped."
        )
