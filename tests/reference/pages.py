"""The pages that the code tells, put together: one for each operator, sensor, hook, connection type and error."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

from airflow_provider_cloudflows.forms import ALIBABA_TYPE, HUAWEI_TYPE
from airflow_provider_cloudflows.hooks.base import CloudHook
from tests.reference.arguments import Argument, arguments_of
from tests.reference.assumptions import anchor, choices_page, marked_assumptions
from tests.reference.catalogue import SERVICE_TITLES, Entry, entries, provider_bases
from tests.reference.connection_types import table
from tests.reference.docstrings import cell, markdown, summary, text
from tests.reference.error_pages import error_link, error_pages, error_table
from tests.reference.examples import example_of
from tests.reference.failures import OF_EVERY_CALL, failures_of
from tests.reference.permissions import permissions_of, policy_section
from tests.reference.results import xcom_table
from tests.reference.vendor import quota, vendor_pages

__all__ = ["DOCS", "all_pages", "differences", "page_of", "write"]

DOCS = Path(__file__).parents[2] / "docs"
WRITTEN = "<!-- Written by `python -m tests.reference`: change the code that it describes. -->\n\n"
BLOCK = re.compile(r"(<!-- written by tests.reference: (\w+) -->\n).*?(<!-- end -->\n)", re.DOTALL)

CONNECTION_TYPES = {"alibaba": ALIBABA_TYPE, "huawei": HUAWEI_TYPE}
AIRFLOWS_ARGUMENTS = {
    "operator": "All arguments of Airflow's own operators, such as `retries` and `pool`, are taken, too.",
    "sensor": "All arguments of Airflow's own sensors are taken, too: `poke_interval` in seconds, 60 unless given, "
    "`timeout` in seconds, seven days unless `[sensors] default_timeout` says otherwise, `mode`, `soft_fail`, "
    "`exponential_backoff`.",
    "hook": "",
}


def all_pages() -> dict[PurePosixPath, str]:
    """Return every page that is written from the code, by its place in ``docs``."""
    return _pages_of_the_code() | dict(_pages_with_blocks())


@cache
def _pages_of_the_code() -> dict[PurePosixPath, str]:
    """Return those that are written as a whole: the code does not change while this runs."""
    pages = {entry.page: page_of(entry) for entry in entries()}
    for folder, conn_type in CONNECTION_TYPES.items():
        pages[PurePosixPath("reference", folder, f"{conn_type}.md")] = _connection_page(folder, conn_type)
    pages[PurePosixPath("reference/choices.md")] = choices_page()
    pages[PurePosixPath("reference/index.md")] = _index()
    pages |= error_pages()
    return {page: WRITTEN + said.rstrip("\n") + "\n" for page, said in pages.items()}


def differences() -> list[str]:
    """Return in which pages the documentation and the code differ, and pages of what is not there any more."""
    pages = all_pages()
    stale = [str(page) for page, said in pages.items() if not _is(DOCS / page, said)]
    left = [str(file.relative_to(DOCS)) for file in _files() if PurePosixPath(file.relative_to(DOCS)) not in pages]
    return sorted(stale + left)


def write() -> None:
    """Write every page, and remove those of what is not there any more."""
    pages = all_pages()
    for file in _files():
        if PurePosixPath(file.relative_to(DOCS)) not in pages:
            file.unlink()
    for page, said in pages.items():
        if not _is(DOCS / page, said):
            (DOCS / page).parent.mkdir(parents=True, exist_ok=True)
            (DOCS / page).write_text(said, encoding="utf-8")


def _files() -> Iterator[Path]:
    for folder in ("errors", "reference"):
        yield from sorted((DOCS / folder).rglob("*.md"))


def _is(file: Path, said: str) -> bool:
    return file.exists() and file.read_text(encoding="utf-8") == said


def _pages_with_blocks() -> Iterator[tuple[PurePosixPath, str]]:
    """Yield the pages that people write, and that hold a list which the code or other pages tell."""
    blocks = {"assumptions": marked_assumptions, "errors": error_table}
    for file in sorted(DOCS.rglob("*.md")):
        said = file.read_text(encoding="utf-8")
        if BLOCK.search(said):
            filled = BLOCK.sub(lambda block: f"{block[1]}\n{blocks[block[2]]()}\n{block[3]}", said)
            yield PurePosixPath(file.relative_to(DOCS)), filled


# --- operators and sensors -------------------------------------------------------------------------------------------


def page_of(entry: Entry) -> str:
    """Return the page of an operator, sensor or hook."""
    if entry.kind == "hook":
        return _hook_page(entry)
    parts = [
        _head(entry),
        _facts(entry),
        _example(entry),
        _arguments(entry),
        f"## Result\n\n{xcom_table(entry)}",
        _errors(entry),
        _permission(entry),
        _shared_behaviour(entry),
    ]
    return "\n".join(part for part in parts if part)


def _head(entry: Entry) -> str:
    imported = f"from {entry.documented.__module__} import {entry.name}"
    return f"# {entry.name}\n\n{text(entry.documented)}\n\n```python\n{imported}\n```\n"


def _facts(entry: Entry) -> str:
    links = ", ".join(link.name for link in entry.documented.operator_extra_links) or "none"
    cloud = "alibaba" if entry.documented.cloud == "alibaba" else "huawei"
    conn_type = CONNECTION_TYPES[cloud]
    facts = {
        "service": f"{SERVICE_TITLES[entry.folder]}" + ("" if entry.folder == cloud else f", {SERVICE_TITLES[cloud]}"),
        "connection": f"[`{conn_type}`]({_up(entry)}reference/{cloud}/{conn_type}.md)",
        "vendor's page": vendor_pages(entry),
        "links in Airflow's web UI": links,
        "quota": quota(entry),
    }
    first, *others = (f"| {name} | {cell(said)} |\n" for name, said in facts.items())
    return f"{first}| --- | --- |\n{''.join(others)}"


def _up(entry: Entry) -> str:
    """Return the way from the page of an entry to the folder ``docs``."""
    return "../" * (len(entry.page.parts) - 1)


def _example(entry: Entry) -> str:
    example = example_of(entry.name)
    if example is None:
        return ""
    link = f"[`example_dags/{example.file}`]({_up(entry)}../example_dags/{example.file})"
    return f"## Example\n\nFrom {link}, which runs in the test suite:\n\n```python\n{example.code}```\n"


def _arguments(entry: Entry) -> str:
    arguments = arguments_of(entry.documented)
    own, shared = [one for one in arguments if not one.shared], [one for one in arguments if one.shared]
    tables = "".join(
        f"### {title}\n\n{_table(some)}\n"
        for title, some in (("Its own", own), ("Shared with other classes", shared))
        if some
    )
    fixed = [f"`{one.name}`" for one in arguments if not one.is_templated]
    templated = f"All of these are templated but {_listed(fixed)}." if fixed else "All of these are templated."
    return f"## Arguments\n\n{templated} {AIRFLOWS_ARGUMENTS[entry.kind]}\n\n{tables.rstrip()}\n"


def _table(arguments: Iterable[Argument]) -> str:
    return "| argument | type | default | meaning |\n| --- | --- | --- | --- |\n" + "".join(
        one.row() for one in arguments
    )


def _listed(names: list[str]) -> str:
    return ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1]


def _errors(entry: Entry) -> str:
    up = _up(entry)
    rows = "".join(f"| {error_link(error, up)} | {cell(summary(error))} |\n" for error in failures_of(entry.documented))
    special = f"| error | when |\n| --- | --- |\n{rows}\n" if rows else ""
    common = _listed([error_link(error, up) for error in OF_EVERY_CALL])
    return (
        f"## Errors\n\n{special}{'And those' if rows else 'Those'} that every call to a cloud can meet: {common}. "
        f"[Errors]({up}errors.md) says which of them a retry can help.\n"
    )


def _permission(entry: Entry) -> str:
    page = f"{_up(entry)}connections/permissions.md"
    needed = permissions_of(entry.name)
    if not needed:
        return (
            "## Least permission\n\nWhat the operation needs that you name; the vendor's page of it says so. "
            f"[Permissions]({page}) has those of the modelled ones.\n"
        )
    rows = "".join(f"| {one.calls} | {cell(one.purpose)} |\n" for one in needed)
    policy = f"[The policy]({page}#{anchor(policy_section(entry.name))})"
    return f"## Least permission\n\n{policy} allows these calls:\n\n| calls | for |\n| --- | --- |\n{rows}"


def _shared_behaviour(entry: Entry) -> str:
    said = [
        shared for base in list(provider_bases(entry.documented))[1:] if (shared := _without_first_words(text(base)))
    ]
    return "## What it has in common with others\n\n" + "\n\n".join(said) + "\n" if said else ""


def _without_first_words(said: str) -> str:
    """Return what a base says beside being one."""
    return re.sub(r"\A(Base of [^.]*?\.|Works on [^.]*\.)\s*", "", said)


# --- hooks and connection types --------------------------------------------------------------------------------------


def _hook_page(entry: Entry) -> str:
    conn_type = CONNECTION_TYPES[entry.folder]
    hook = entry.documented
    methods = "".join(f"### `{_signature(name, method)}`\n\n{_method(method)}\n\n" for name, method in _methods(hook))
    return (
        f"{_head(entry)}\n"
        f"| connection | [`{conn_type}`]({conn_type}.md), by default `{hook.default_conn_name}` |\n| --- | --- |\n"
        f"| services with models | {', '.join(hook.service_names)} |\n\n"
        f"[Call any operation](../../howto/any-operation.md#by-a-hook) has an example.\n\n"
        f"## Arguments\n\n{_table(arguments_of(hook))}\n## Methods\n\n{methods}"
    )


def _methods(hook: type[CloudHook]) -> Iterator[tuple[str, Any]]:
    names = ("call", "acall", "iterate", "aiterate", "get_conn", "caller", "test_connection", "close", "aclose")
    for name in names:
        yield name, getattr(hook, name)


def _signature(name: str, method: Any) -> str:
    signature = inspect.signature(method)
    shown = [parameter.replace(annotation=inspect.Parameter.empty) for parameter in signature.parameters.values()]
    return f"{name}{signature.replace(parameters=shown[1:], return_annotation=inspect.Signature.empty)}"


def _method(method: Any) -> str:
    said = inspect.cleandoc(method.__doc__)
    raised = re.sub(r"^:raises (\w+): ", r"Raises `\1`: ", said, flags=re.MULTILINE)
    return markdown(raised)


def _connection_page(folder: str, conn_type: str) -> str:
    return (
        f"# Connection type `{conn_type}`\n\n"
        f"{SERVICE_TITLES[folder]}. [Connections](../../connections.md) says how to make one, "
        f"[Credentials of {SERVICE_TITLES[folder]}](../../connections/{folder}.md) has a working one for each kind.\n\n"
        "Keys of the extra, in the order of the form; login, password and port are the connection's own. *Used with* "
        "names the kinds of credential: the field is refused with any other one. *any* means that it is accepted with "
        "every kind and counts where it has something to say.\n\n"
        f"{table(conn_type)}"
    )


def _index() -> str:
    parts = []
    for folder, title in SERVICE_TITLES.items():
        rows = "".join(
            f"| [{entry.name}]({folder}/{entry.name}.md) | {cell(summary(entry.documented))} |\n"
            for entry in entries()
            if entry.folder == folder
        )
        if folder in CONNECTION_TYPES:
            conn_type = CONNECTION_TYPES[folder]
            rows += f"| [Connection type {conn_type}]({folder}/{conn_type}.md) | All its fields. |\n"
        parts.append(f"## {title}\n\n| name | what it does |\n| --- | --- |\n{rows}")
    return (
        "# Reference\n\nEvery operator, sensor, hook and connection type: arguments with types, defaults, units and "
        "rules, results, errors, least permissions, quotas and an example. "
        "[Choices of the sandbox](choices.md) lists what the vendors do not publish.\n\n" + "\n".join(parts)
    )
