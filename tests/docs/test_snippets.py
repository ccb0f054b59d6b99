"""Every snippet and command on the pages is an example's own text, or is run, or is read by what would run it.

One sandbox and one Airflow serve all of them.
"""

from __future__ import annotations

import ast
import configparser
import importlib.util
import json
import os
import re
import textwrap
import tomllib
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from airflow.sdk import DAG

from airflow_provider_cloudflows.__main__ import main
from airflow_provider_cloudflows.auth.cache import forget_all
from airflow_provider_cloudflows.forms import FORM_FIELDS
from airflow_provider_cloudflows.sandbox.app import Running
from tests.airflow_versions import HAS_STATE_STORE
from tests.dag_runs import RunDag
from tests.docs.pages import PAGES, ROOT, Block, blocks, commands, languages, mentions
from tests.reference.catalogue import entries

FOLDERS = (ROOT / "example_dags", ROOT / "tests/testing/example_project")
EXAMPLES = [path.read_text(encoding="utf-8") for folder in FOLDERS for path in sorted(folder.rglob("*.py"))]
TAGGED = re.compile(r"^( *)# \[START (\w+)\]\n(.*?)^\1# \[END \2\]\n", re.MULTILINE | re.DOTALL)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
PRINTED_ADDRESS = "localhost:8470"

OF_A_PROVIDER = "celery"
"""The section of which Airflow itself knows a part; the provider that knows the rest is not installed here."""

AS_IT_IS_WRITTEN_ELSEWHERE = "# there\n"
"""The beginning of what shows another provider, or what not to do: it is Python, and nobody runs it."""


def is_excerpt(block: Block) -> bool:
    return any(textwrap.indent(block.text, indent) in example for example in EXAMPLES for indent in ("", "    "))


SNIPPETS = [block for block in blocks("python") if not is_excerpt(block)]


def test_the_pages_show_what_is_known_here() -> None:
    assert languages() == {"bash", "console", "ini", "json", "python", "text", "toml", "yaml"}
    assert len(blocks("python")) - len(SNIPPETS) >= 14


def test_the_readme_is_one_screen_and_links() -> None:
    screen, heading, links = (ROOT / "README.md").read_text().partition("## Read on\n")
    assert heading
    assert len(screen.splitlines()) <= 50
    assert len(links.splitlines()) <= 20


def test_every_tagged_part_of_an_example_is_shown() -> None:
    tagged = {tag: textwrap.dedent(text) for example in EXAMPLES for _, tag, text in TAGGED.findall(example)}
    shown = {block.text for block in blocks("python")}
    assert len(tagged) == sum(example.count("[START ") for example in EXAMPLES) >= 14
    assert not [tag for tag, text in tagged.items() if text not in shown]


@pytest.fixture
def namespace(connections: Running) -> Iterator[dict[str, Any]]:
    """What a fragment may take as given: this provider's classes, names, and a sandbox that the connections lead to."""
    before = dict(os.environ)
    forget_all()
    classes = {entry.name: entry.documented for entry in entries()}
    yield {**classes, "__name__": "snippet", "sandbox": connections, "names": ["a", "b"]}
    forget_all()
    os.environ.clear()
    os.environ.update(before)


@pytest.mark.parametrize("block", SNIPPETS, ids=str)
def test_a_snippet_works_as_it_is_printed(block: Block, namespace: dict[str, Any]) -> None:
    if block.text.startswith(AS_IT_IS_WRITTEN_ELSEWHERE):
        ast.parse(block.text)
        return
    code = compile(block.text, str(block), "exec")
    with DAG("snippet", schedule=None):
        exec(code, namespace)


@pytest.mark.parametrize("block", [block for block in SNIPPETS if "with DAG(" in block.text], ids=str)
def test_a_dag_runs_as_it_is_printed(block: Block, connections: Running, run_dag: RunDag, tmp_path: Path) -> None:
    file = tmp_path / "printed.py"
    file.write_text(block.text)
    ran = run_dag(file)
    assert set(ran.states.values()) == {"success"}
    assert ran.sandbox.made or ran.sandbox.removed


@pytest.mark.parametrize("block", blocks("json"), ids=str)
def test_json_is_json(block: Block) -> None:
    assert json.loads(block.text.replace("{…}", "{}"))


@pytest.mark.parametrize("block", blocks("yaml", "ini", "toml"), ids=str)
def test_settings_can_be_read(block: Block) -> None:
    if block.language == "ini":
        assert read_ini(block.text).sections()
    else:
        assert {"yaml": yaml.safe_load, "toml": tomllib.loads}[block.language](block.text)


def read_ini(text: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(text)
    return parser


# --- Airflow's settings ----------------------------------------------------------------------------------------------


def settings_named() -> set[tuple[str, str]]:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    inline = re.findall(r"`\[(\w+)\] (\w+)", text)
    variables = [(section.lower(), option.lower()) for section, option in re.findall(r"AIRFLOW__(\w+?)__(\w+)", text)]
    files = [
        (section, option)
        for block in blocks("ini")
        if "sql_alchemy_conn" in block.text
        for section in read_ini(block.text).sections()
        for option in read_ini(block.text)[section]
    ]
    return {*inline, *variables, *files}


@pytest.mark.skipif(not HAS_STATE_STORE, reason="the pages speak of the settings of Airflow 3.3")
def test_airflow_knows_the_settings_that_are_named() -> None:
    from airflow.configuration import conf

    known = conf.configuration_description
    named = [(section, option) for section, option in settings_named() if section in known and section != OF_A_PROVIDER]
    assert len(named) > 8
    assert not [f"[{section}] {option}" for section, option in named if option not in known[section]["options"]]


# --- commands --------------------------------------------------------------------------------------------------------

COMMANDS = [(str(block), words) for block in blocks("bash", "console") for words in commands(block)]
# The text names commands without their arguments: it is enough that they are there.
COMMANDS += [
    (str(page.relative_to(ROOT)), [*words, "--help"] if words[0] == "airflow" else words) for page, words in mentions()
]


@pytest.mark.parametrize(("place", "words"), COMMANDS, ids=[f"{place} {words[0]}" for place, words in COMMANDS])
def test_a_command_can_be_given(place: str, words: list[str], request: pytest.FixtureRequest) -> None:
    head, rest = words[0], words[1:]
    if head == "make":
        assert {word for word in rest if "=" not in word} <= TARGETS
    elif head == "pip":
        check_pip(rest)
    elif head == "export":
        check_variable(*rest)
    elif head == "airflow":
        check_airflow(rest, request)
    elif head == "python":
        check_python(rest, request)
    elif head == "pytest":
        assert [path for path in rest if not path.startswith("-")]
        assert all((ROOT / path).exists() for path in rest if not path.startswith("-")), rest
    elif head == "curl":
        send(rest, request.getfixturevalue("sandbox"))
    else:
        pytest.fail(f"{place} shows the command {head}, which nothing here can try")


def check_pip(words: list[str]) -> None:
    action, *packages = words
    assert action == "install"
    for package in packages:
        name, _, extras = package.rstrip("]").partition("[")
        assert name == PROJECT["name"]
        assert set(filter(None, extras.split(","))) <= set(PROJECT["optional-dependencies"])


def check_variable(assignment: str) -> None:
    """Read a variable for the environment; one that holds a connection as Airflow would."""
    from airflow.models.connection import Connection

    found = re.fullmatch(r"([A-Z][A-Z0-9_]*)=(.*)", assignment, flags=re.DOTALL)
    assert found
    name, value = found.groups()
    if name.startswith("AIRFLOW_CONN_"):
        is_json = value.startswith("{")
        connection = Connection.from_json(value) if is_json else Connection(uri=value)
        assert connection.conn_type in FORM_FIELDS
        assert connection.extra_dejson


def check_airflow(words: list[str], request: pytest.FixtureRequest) -> None:
    """Read the arguments as Airflow would, which runs nothing; our own commands are run."""
    from airflow.cli import cli_parser

    if words[0] == "cloudflows":
        run_our_command(words[1:], request)
    elif words[-1] == "--help":
        with pytest.raises(SystemExit) as ended:
            cli_parser.get_parser().parse_args(words)
        assert ended.value.code == 0
    else:
        cli_parser.get_parser().parse_args(words)


def run_our_command(words: list[str], request: pytest.FixtureRequest) -> None:
    """Run a command of the provider, on the connections to the sandbox; one without arguments shows its help."""
    request.getfixturevalue("connections")
    words = ["alibabacloud_default" if word == "CONN_ID" else word for word in words]
    if len(words) > 1 and "--help" not in words:
        main(words)
        return
    with pytest.raises(SystemExit) as ended:
        main([words[0], "--help"])
    assert ended.value.code == 0


def check_python(words: list[str], request: pytest.FixtureRequest) -> None:
    assert words[0] == "-m", words
    module, arguments = words[1], words[2:]
    if module == main.__module__.removesuffix(".__main__"):
        run_our_command(arguments, request)
        return
    found = importlib.util.find_spec(module)
    assert found
    if found.submodule_search_locations:
        assert importlib.util.find_spec(f"{module}.__main__")
    source = Path(str(found.origin)).parent if found.submodule_search_locations else Path(str(found.origin))
    text = "".join(file.read_text() for file in (source.glob("*.py") if source.is_dir() else [source]))
    for option in (word for word in arguments if word.startswith("--")):
        assert f'"{option}"' in text or f'"{option.removeprefix("--")}"' in text, option


def send(words: list[str], sandbox: Running) -> None:
    """Do what curl would."""
    body = words[words.index("-d") + 1].encode()
    (url,) = [word for word in words if word.startswith(PRINTED_ADDRESS)]
    headers = dict([words[words.index("-H") + 1].split(": ")])
    address = sandbox.url + url.removeprefix(PRINTED_ADDRESS)
    with urllib.request.urlopen(urllib.request.Request(address, body, headers)) as answer:
        assert answer.status < 300


def test_make_says_what_the_page_shows() -> None:
    said = re.findall(r"^==> (.+)$", (ROOT / "docs" / "getting-started.md").read_text(), re.MULTILINE)
    rules = (ROOT / "Makefile").read_text()
    assert len(said) > 4
    assert not [line for line in said if line not in rules and not line.startswith("making .venv with Python")]
