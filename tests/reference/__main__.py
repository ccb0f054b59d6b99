"""``python -m tests.reference`` writes the pages; with ``--check`` it names those that are behind, and fails."""

from __future__ import annotations

import sys

from tests.reference.pages import differences, write


def main(arguments: list[str]) -> int:
    """Return the exit code."""
    if arguments not in ([], ["--check"]):
        print("usage: python -m tests.reference [--check]", file=sys.stderr)
        return 2
    if not arguments:
        write()
        return 0
    behind = differences()
    for page in behind:
        print(f"docs/{page} is not what the code says: run python -m tests.reference.")
    return 1 if behind else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
