"""The root of the error tree, and the errors that tell that nothing was sent.

They are all that a DAG file can meet, so the modules that it imports take them from here: to build the forty classes of
the whole tree would be a good part of what an operator costs it. Everybody else takes them from :mod:`.errors`.
"""

from __future__ import annotations

from enum import Enum
from typing import ClassVar

__all__ = ["CloudflowsError", "ConfigurationError", "InvalidParameter", "Repeat", "Stopped"]


class Repeat(Enum):
    """What a repeat of the same request, with the same arguments, would do."""

    NEVER = "never"
    """It meets the same error until somebody changes something."""

    LATER = "later"
    """It may succeed: the trouble passes by itself."""

    LOOK_FIRST = "look first"
    """It may make a second one: only looking tells whether the first took effect."""


class CloudflowsError(Exception):
    """Root of the tree.

    :cvar repeat: what a repeat would do.
    :cvar help_code: code of the page on causes and remedies, which every message begins with; empty for a class that is
        only a root of others. ``python -m airflow_provider_cloudflows explain CODE`` prints the page.
    """

    repeat: ClassVar[Repeat] = Repeat.LATER
    help_code: ClassVar[str] = ""

    def sentence(self) -> str:
        """Return what happened and what to do, without the code, for a message that tells more."""
        return super().__str__()

    def __str__(self) -> str:
        # The code comes first: mails and web pages cut off the end of a long line.
        return f"[{self.help_code}] {self.sentence()}" if self.help_code else self.sentence()


class ConfigurationError(CloudflowsError):
    """The connection or the environment lacks something, or contradicts itself; nothing was sent."""

    help_code = "CF101"
    repeat = Repeat.NEVER


class InvalidParameter(CloudflowsError, ValueError):
    """An argument breaks a documented constraint; found before anything was sent."""

    help_code = "CF103"
    repeat = Repeat.NEVER


class Stopped(CloudflowsError):
    """The work was told to stop, so nothing was sent any more; what was sent before stays on record."""

    help_code = "CF606"

    def __init__(self, message: str = "The task was told to stop; nothing was sent any more.") -> None:
        super().__init__(message)
