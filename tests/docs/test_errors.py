"""Every error has a code that never changes, an explanation, and a page with a message that the code really says."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

import airflow_provider_cloudflows
from airflow_provider_cloudflows.cli.explain import ERRORS, GROUPS, RETRY, explanation_of
from airflow_provider_cloudflows.errors import CloudflowsError
from tests.airflow_versions import written_with_the_newest
from tests.reference.error_examples import EXAMPLES, example_of_error
from tests.reference.error_pages import DOCS, error_pages, nothing_logged

pytestmark = written_with_the_newest

CODES = {
    "CF101": "ConfigurationError",
    "CF102": "NotConfigured",
    "CF103": "InvalidParameter",
    "CF201": "AuthenticationFailed",
    "CF202": "ClockSkewed",
    "CF203": "PermissionDenied",
    "CF204": "InvalidRequest",
    "CF205": "NotFound",
    "CF206": "QuotaExceeded",
    "CF207": "AlreadyExists",
    "CF208": "NameHeld",
    "CF209": "Conflict",
    "CF301": "ConnectionFailed",
    "CF302": "Throttled",
    "CF303": "ServerError",
    "CF304": "Busy",
    "CF305": "NoAnswer",
    "CF306": "NothingShown",
    "CF601": "OutcomeUnknown",
    "CF602": "LostTrack",
    "CF603": "NotRecorded",
    "CF604": "IntentNotKept",
    "CF605": "Superseded",
    "CF606": "Stopped",
    "CF607": "RecordUnreadable",
    "CF608": "IdentityChanged",
    "CF609": "ScopeChanged",
    "CF610": "AmbiguousMatch",
    "CF611": "Gone",
    "CF612": "DeleteRefused",
    "CF701": "RunFailed",
    "CF702": "WaitTimedOut",
    "CF703": "WaitInterrupted",
    "CF704": "ResultMissing",
}
"""Alerts and searches of users go by these: a code is added at the end of its hundred, and none is changed or taken
over from an error that is not there any more."""

ROOTS = {"CloudError", "CloudflowsError"}
SAID_AS_ITS_PARENT = {"NoService", "PartlyShown"}
"""Those that only the code tells from their parent, whose remedy is the same."""

HEADINGS = ["Why", "What the provider has done", "What to do", RETRY]
each_code = pytest.mark.parametrize("code", CODES)


def kinds_below(kind: type[CloudflowsError]) -> Iterator[type[CloudflowsError]]:
    for one in kind.__subclasses__():
        yield one
        yield from kinds_below(one)


def test_a_code_keeps_its_meaning() -> None:
    assert {code: error.__name__ for code, error in ERRORS.items()} == CODES


def test_no_error_of_the_package_is_without_a_code_of_its_own() -> None:
    package = airflow_provider_cloudflows.__name__
    ours = {kind for kind in kinds_below(CloudflowsError) if kind.__module__.startswith(f"{package}.")}
    public = {kind for kind in ours if not kind.__name__.startswith("_")}
    assert {kind.__name__ for kind in public if "help_code" not in vars(kind)} <= ROOTS | SAID_AS_ITS_PARENT
    assert len({kind.help_code for kind in public} - {""}) == len(CODES)


def test_no_explanation_example_or_page_is_missing_or_left_over() -> None:
    explained = DOCS.parent / "airflow_provider_cloudflows" / "cli" / "explanations"
    assert {file.stem for file in explained.iterdir()} == set(CODES)
    assert set(EXAMPLES) == set(CODES)
    assert {file.stem for file in (DOCS / "errors").iterdir()} == set(CODES)
    assert {code[2] for code in CODES} == set(GROUPS)


@each_code
def test_an_explanation_is_whole(code: str) -> None:
    explained = explanation_of(code)
    assert sorted(explained.parts, key=HEADINGS.index) == HEADINGS
    assert all(said.endswith(".") for said in (explained.happened(), *explained.parts.values()))
    assert explained.effect.startswith(("no", "yes", "it reads"))
    assert all((DOCS / page).exists() for page in explained.related)


@each_code
def test_an_example_is_one_sentence_that_begins_with_the_code(code: str) -> None:
    with nothing_logged():
        said = example_of_error(code)
    assert said.startswith(f"[{code}] ")
    assert said.endswith(".")
    assert said.isprintable()
    assert "None" not in said


def test_a_message_that_changes_leaves_the_page_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow_provider_cloudflows.errors import Stopped

    monkeypatch.setattr(Stopped, "sentence", lambda self: "It was told to stop.")
    example_of_error.cache_clear()
    try:
        pages = error_pages()
    finally:
        example_of_error.cache_clear()
    behind = [page.stem for page, said in pages.items() if said not in (DOCS / page).read_text(encoding="utf-8")]
    assert behind == ["CF606"]


def test_the_page_of_all_errors_shows_a_message_as_it_is() -> None:
    shown = " ".join((DOCS / "errors.md").read_text(encoding="utf-8").split())
    assert example_of_error("CF203") in shown


def test_the_command_explains_a_code_without_airflow_and_names_one_that_is_none() -> None:
    program = (
        "import sys; from airflow_provider_cloudflows.__main__ import main; main(sys.argv[1:]);"
        "assert not {'airflow', 'httpx'} & set(sys.modules)"
    )
    told, unknown = (
        subprocess.run(
            [sys.executable, "-c", program, "explain", code], capture_output=True, text=True, timeout=60, check=False
        )
        for code in ("[cf602]", "CF999")
    )
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.startswith("# CF602: LostTrack\n")
    assert "on_unknown='resend'" in told.stdout
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert unknown.stderr == "There is no error 'CF999'; a message begins with its code, for example [CF203].\n"
