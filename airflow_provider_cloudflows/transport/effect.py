"""What sending a request twice would do."""

from __future__ import annotations

from enum import Enum

__all__ = ["Effect"]


class Effect(Enum):
    """What sending a request twice would do; retry rules hang on this, not on the HTTP method."""

    READ = "read"
    IDEMPOTENT = "idempotent"
    CREATE = "create"
