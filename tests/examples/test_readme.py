"""The README's snippets are the example DAGs' own text."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^( *)# \[START (\w+)\]\n(.*?)^\1# \[END \2\]\n", re.MULTILINE | re.DOTALL)
SNIPPETS = {
    tag: textwrap.dedent(text)
    for path in sorted((ROOT / "example_dags").glob("*.py"))
    for _, tag, text in BLOCK.findall(path.read_text())
}
TAGS = (
    "call_api",
    "create_bpstudio_task",
    "create_business",
    "create_data_service_group",
    "create_fabric_endpoint",
    "create_fabric_workspace",
    "create_secmaster_workflow",
    "execute_bpstudio_task",
    "integrate_and_check",
    "publish_dataworks",
    "run_fabric_job",
    "run_secmaster_workflow",
    "tear_down",
    "wait_for_dataworks",
)


def test_one_snippet_for_each_create_and_run_and_one_for_all_deletes() -> None:
    assert sorted(SNIPPETS) == sorted(TAGS)
    text = "".join(path.read_text() for path in (ROOT / "example_dags").glob("*.py"))
    assert text.count("[START ") == text.count("[END ") == len(TAGS)


@pytest.mark.parametrize("tag", TAGS)
def test_readme_shows_the_snippet_verbatim(tag: str) -> None:
    assert f"```python\n{SNIPPETS[tag]}```" in (ROOT / "README.md").read_text()
