"""What the author of a task decides about its create."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["IfExists", "OnUnknown", "Rerun", "Settings"]

IfExists = Literal["reuse", "update", "fail"]
OnUnknown = Literal["fail", "resend"]
Rerun = Literal["failed", "always", "never"]


@dataclass(frozen=True, slots=True)
class Settings:
    """The author's choices, see :class:`.provisioner.Provisioner`."""

    settle: float
    if_exists: IfExists
    on_unknown: OnUnknown
    rerun: Rerun
