"""Several sources in an order: the first that has something to go by gives the credential."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

from airflow_provider_cloudflows.auth.base import Credential, NotConfigured, Source
from airflow_provider_cloudflows.transport.flow import Flow

__all__ = ["Chain"]


class Chain:
    """The first source that is configured here, and from then on that one.

    A source that is configured and fails ends the search: going on would act as somebody else because a server had a
    bad moment.

    :param sources: each with the name that messages use for it.
    :param advice: what to do when none is configured; one clause.
    """

    def __init__(self, sources: Sequence[tuple[str, Source]], advice: str) -> None:
        self._sources = sources
        self._advice = advice
        self._found: Source | None = None

    def obtain(self) -> Flow[Credential]:
        """Return the credential of the first source that has one."""
        if self._found is not None:
            return (yield from self._found.obtain())
        reasons = []
        for name, source in self._sources:
            try:
                credential = yield from source.obtain()
            except NotConfigured as reason:
                reasons.append(f"{name}: {reason.sentence().rstrip('.')}")
            else:
                self._found = source
                return credential
        tried = "; ".join(f"({number}) {reason}" for number, reason in enumerate(reasons, start=1))
        raise NotConfigured(f"No credentials were found, after these were tried: {tried}. {self._advice}.")

    def identity(self) -> Hashable:
        """Return the identities of all sources."""
        return ("chain", *(source.identity() for _, source in self._sources))

    def secrets(self) -> Iterable[str]:
        """Return the secrets of all sources."""
        return tuple(secret for _, source in self._sources for secret in source.secrets())
