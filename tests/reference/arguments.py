"""The arguments of an operator, sensor or hook: type, default, meaning, rules, and whether Airflow renders them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.reference.catalogue import provider_bases
from tests.reference.docstrings import cell, parameters
from tests.reference.rules import rules_of

__all__ = ["Argument", "arguments_of"]

REQUIRED = "required"


@dataclass(frozen=True)
class Argument:
    """One keyword argument.

    :param shared: a base declares it, so that other classes have it too.
    """

    name: str
    type: str
    default: str
    meaning: str
    rules: tuple[str, ...]
    is_templated: bool
    shared: bool

    def row(self) -> str:
        """Return it as a row of a table."""
        unsaid = [rule for rule in self.rules if rule.rpartition(" has ")[2] not in self.meaning]
        rules = f" Rules: {'; '.join(unsaid)}." if unsaid else ""
        return f"| `{self.name}` | {self.type} | {self.default} | {cell(self.meaning + rules)} |\n"


def arguments_of(documented: type[Any]) -> tuple[Argument, ...]:
    """Return the arguments that this package declares, the class's own first."""
    found: dict[str, Argument] = {}
    for base, parameter in _declared(documented):
        found.setdefault(parameter.name, _argument(documented, base, parameter))
    return tuple(sorted(found.values(), key=lambda one: (one.shared, one.shared and one.default != REQUIRED)))


def _declared(documented: type[Any]) -> Iterator[tuple[type[Any], inspect.Parameter]]:
    """Yield who declares it and each argument, down to the class that hands on no further ones."""
    for base in provider_bases(documented):
        if "__init__" not in vars(base):
            continue
        parameters_of_base = list(inspect.signature(inspect.unwrap(vars(base)["__init__"])).parameters.values())[1:]
        kept = [one for one in parameters_of_base if one.kind is not inspect.Parameter.VAR_KEYWORD]
        yield from ((base, one) for one in kept)
        if len(kept) == len(parameters_of_base):
            return


def _argument(documented: type[Any], base: type[Any], parameter: inspect.Parameter) -> Argument:
    said = [parameters(one).get(parameter.name, "") for one in provider_bases(documented)]
    return Argument(
        name=parameter.name,
        type=_type(str(parameter.annotation)),
        default=_default(parameter.default),
        meaning=next(filter(None, said), ""),
        rules=tuple(_rules(documented, parameter.name)),
        is_templated=parameter.name in getattr(documented, "template_fields", ()),
        shared=base is not documented,
    )


def _rules(documented: type[Any], argument: str) -> list[str]:
    if not hasattr(documented, "request_path"):
        return []
    request = documented.request_type()
    fields = {name: field for field, name in documented.argument_names.items()}
    field = request.model_fields.get(fields.get(argument, argument))
    return [] if field is None else rules_of(field)


def _type(annotation: str) -> str:
    """Return a type as people say it: without None, which an optional argument may always be."""
    depth, parts = 0, [""]
    for letter in annotation:
        depth += {"[": 1, "]": -1}.get(letter, 0)
        if letter == "|" and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return " or ".join(f"`{part.strip().replace(' | ', ' or ')}`" for part in parts if part.strip() != "None")


def _default(value: Any) -> str:
    if value is inspect.Parameter.empty:
        return REQUIRED
    if value is None or value == ():
        return "none"
    return f"`{value!r}`" if not isinstance(value, str) else f'`"{value}"`'
