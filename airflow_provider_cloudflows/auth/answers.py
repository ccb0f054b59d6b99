"""How what somebody answered, wrote or printed is read, and spoken of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from airflow_provider_cloudflows.errors import ConfigurationError

__all__ = ["object_in", "sentence"]


def object_in(text: bytes | str, what: str) -> Mapping[str, Any]:
    """Return the JSON object in ``text``.

    :param what: what messages call it.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise ConfigurationError(f"{sentence(what)} is no JSON object.")
    return document


def sentence(text: str) -> str:
    """Return ``text`` as the beginning of a sentence."""
    return f"{text[:1].upper()}{text[1:]}"
