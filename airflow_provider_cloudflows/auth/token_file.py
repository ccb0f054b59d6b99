"""A file that holds one token, which whoever issues it keeps renewing: it is read anew each time."""

from __future__ import annotations

from pathlib import Path

from airflow_provider_cloudflows.errors import ConfigurationError
from airflow_provider_cloudflows.transport.redact import excerpt

__all__ = ["LARGEST_FILE", "token_in"]

LARGEST_FILE = 1024 * 1024


def token_in(path: str | Path, what: str) -> str:
    """Return the token in the file ``path``.

    That the file is not there is no reason to look for a credential elsewhere: somebody said that it is, and acting as
    somebody else would be worse than not acting.

    :param what: what messages call the file.
    :raises ConfigurationError: it is not there, cannot be read, or holds something else.
    """
    shown = excerpt(str(path))
    try:
        with Path(path).open("rb") as file:
            content = file.read(LARGEST_FILE)
    except (OSError, ValueError) as failure:
        reason = failure.strerror if isinstance(failure, OSError) else "no file has such a name"
        raise ConfigurationError(f"The {what} {shown} cannot be read ({reason}).") from None
    token = content.decode("ascii", "replace").strip()
    if token.split() != [token] or not token.isascii() or not token.isprintable():
        raise ConfigurationError(f"The {what} {shown} does not hold one token and nothing else.")
    return token
