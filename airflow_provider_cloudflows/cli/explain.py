"""Causes and remedies of every error, by the code that its message begins with.

They are written once, in the folder ``explanations`` beside this module, one file for each code: ``python -m
airflow_provider_cloudflows explain CODE`` prints them without a network, and the pages of the documentation are made of
them. What the class itself says, what happened and whether a repeat helps, is taken from there.

A code is chosen once and never means another error. None begins with 4 or 5: HTTP statuses stand in the same sentences.
"""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from airflow_provider_cloudflows import errors
from airflow_provider_cloudflows.auth.base import NotConfigured
from airflow_provider_cloudflows.errors import CloudflowsError, InvalidParameter, Repeat

__all__ = ["ERRORS", "GROUPS", "Explanation", "explain", "explanation_of"]

ERRORS: dict[str, type[CloudflowsError]] = {
    error.help_code: error
    for error in (NotConfigured, *(getattr(errors, name) for name in errors.__all__ if name != "Repeat"))
    if error.help_code
}
"""The classes that a user can meet, by their code."""

GROUPS = {
    "1": "Nothing was sent",
    "2": "The cloud refused",
    "3": "It passes by itself",
    "6": "Creates and deletes, once and never twice",
    "7": "Work and its end",
}
"""What the errors have in common whose codes begin with a digit."""

RETRY = "Does a retry help?"
RETRIES = {
    Repeat.NEVER: "No: it would meet the same error, so the task fails on the first try. `retry_on=[{name!r}]` lets\n"
    "it keep its retries where what is wrong is put right meanwhile.",
    Repeat.LATER: "Yes, as the task is set: give it `retries`.",
    Repeat.LOOK_FIRST: "Yes: the next try looks for what this one may have made, and sends nothing before.",
}

MARKUP = re.compile(r":\w+:`~?(?:[^`]*\.)?([^`.]+)`")


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a user wants to know who meets an error.

    :param error: the class.
    :param effect: whether the request took effect, in a few words.
    :param parts: Markdown by heading, in the order of reading.
    :param related: pages of the documentation, as paths in ``docs``.
    """

    error: type[CloudflowsError]
    effect: str
    parts: dict[str, str]
    related: tuple[str, ...]

    def happened(self) -> str:
        """Return what happened, as the docstring of the class says it first."""
        said = inspect.cleandoc(self.error.__doc__ or "")
        paragraph = re.split(r"\n\n|^:", said, maxsplit=1, flags=re.MULTILINE)[0]
        return " ".join(MARKUP.sub(r"`\1`", paragraph).replace("``", "`").split())

    def markdown(self) -> str:
        """Return all parts with their headings."""
        return "\n\n".join(f"## {heading}\n\n{said}" for heading, said in self.parts.items())


@cache
def explanation_of(code: str) -> Explanation:
    """Return what is explained of the error with this code.

    :raises InvalidParameter: no error has it.
    """
    error = ERRORS.get(code)
    if error is None:
        raise InvalidParameter(f"There is no error {code!r}; a message begins with its code, for example [CF203].")
    text = (files(__package__) / "explanations" / f"{code}.md").read_text(encoding="utf-8")
    effect, *sections = re.split(r"^## (.+)\n", text, flags=re.MULTILINE)
    parts = {heading: said.strip() for heading, said in zip(sections[::2], sections[1::2], strict=True)}
    related = tuple(parts.pop("Related").removeprefix("- ").split("\n- "))
    parts.setdefault(RETRY, RETRIES[error.repeat].format(name=error.__name__))
    return Explanation(error, effect.removeprefix("Took effect: ").strip(), parts, related)


def explain(code: str) -> str:
    """Return the explanation of an error for a terminal.

    :param code: as the message has it, in brackets or without, in any case.
    :raises InvalidParameter: no error has it.
    """
    one = explanation_of(code.strip(" []").upper())
    return (
        f"# {one.error.help_code}: {one.error.__name__}\n\n{one.happened()}\n\n"
        f"Did the request take effect? {one.effect[:1].upper()}{one.effect[1:]}.\n\n{one.markdown()}"
    )
