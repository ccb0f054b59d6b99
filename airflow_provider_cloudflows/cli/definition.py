"""The commands, as Airflow asks for them each time its command line starts; what they do is imported when one runs."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow.cli.cli_config import CLICommand

__all__ = ["add_check_arguments", "commands", "run_check"]

CHECK_HELP = "Check a connection: who it makes you, with which credential, and which services answer"
CHECK_EPILOG = "The exit code is 1 when the credential is not accepted or a service cannot be reached."
ARGUMENTS: tuple[tuple[tuple[str, ...], dict[str, Any]], ...] = (
    (("conn_id",), {"help": "id of the connection"}),
    (
        ("--service",),
        {"help": "check this service only; may be repeated", "action": "append", "metavar": "NAME"},
    ),
    (("--region",), {"help": "region id, instead of the connection's"}),
    (("--timeout",), {"help": "seconds that each service may take, 15 by default", "type": float, "default": 15.0}),
)


def commands() -> list[CLICommand]:
    """Return ``airflow cloudflows …``, for Airflow 3.2 and newer; older versions have ``python -m``."""
    from airflow.cli.cli_config import ActionCommand, Arg, GroupCommand

    check = ActionCommand(
        name="check",
        help=CHECK_HELP,
        func=run_check,
        args=[Arg(flags, **options) for flags, options in ARGUMENTS],
        epilog=CHECK_EPILOG,
    )
    return [GroupCommand(name="cloudflows", help="Alibaba Cloud and Huawei Cloud connections", subcommands=(check,))]


def add_check_arguments(add_parser: Callable[..., argparse.ArgumentParser]) -> None:
    """Declare the same command to a parser of the standard library."""
    parser = add_parser("check", help=CHECK_HELP, description=CHECK_HELP, epilog=CHECK_EPILOG)
    for flags, options in ARGUMENTS:
        parser.add_argument(*flags, **options)


def run_check(arguments: argparse.Namespace) -> None:
    """Run the check and exit with 1 when it fails."""
    from airflow_provider_cloudflows.cli.check import check

    if not check(arguments.conn_id, arguments.service or [], arguments.region, arguments.timeout):
        raise SystemExit(1)
