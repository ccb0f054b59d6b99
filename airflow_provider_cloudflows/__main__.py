"""``python -m airflow_provider_cloudflows``: the provider's commands where Airflow's own command line has no room."""

from __future__ import annotations

import argparse

from airflow_provider_cloudflows.cli.definition import add_commands


def main(arguments: list[str] | None = None) -> None:
    """Run a command; exits with 1 when it fails and with 2 when it is not understood."""
    parser = argparse.ArgumentParser(
        prog="python -m airflow_provider_cloudflows", description="Alibaba Cloud and Huawei Cloud."
    )
    add_commands(parser.add_subparsers(dest="command", required=True).add_parser)
    chosen = parser.parse_args(arguments)
    chosen.run(chosen)


if __name__ == "__main__":
    main()
