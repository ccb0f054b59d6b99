"""The commands, as Airflow asks for them each time its command line starts; what they do is imported when one runs."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from airflow.cli.cli_config import CLICommand

__all__ = ["add_commands", "commands"]

Arguments: TypeAlias = tuple[tuple[tuple[str, ...], dict[str, Any]], ...]


@dataclass(frozen=True)
class Command:
    """A command.

    :param name: what it is called by.
    :param help: what it does, in a line.
    :param epilog: what its help says at the end.
    :param arguments: flags, and what ``add_argument`` of the standard library takes beside them.
    :param run: does it.
    """

    name: str
    help: str
    epilog: str
    arguments: Arguments
    run: Callable[[argparse.Namespace], None]


def commands() -> list[CLICommand]:
    """Return ``airflow cloudflows …``, for Airflow 3.2 and newer; older versions have ``python -m``."""
    from airflow.cli.cli_config import ActionCommand, Arg, GroupCommand

    subcommands = tuple(
        ActionCommand(
            name=one.name,
            help=one.help,
            func=one.run,
            args=[Arg(flags, **options) for flags, options in one.arguments],
            epilog=one.epilog,
        )
        for one in COMMANDS
    )
    return [GroupCommand(name="cloudflows", help="Alibaba Cloud and Huawei Cloud", subcommands=subcommands)]


def add_commands(add_parser: Callable[..., argparse.ArgumentParser]) -> None:
    """Declare the same commands to parsers of the standard library, which name what is to ``run``."""
    for one in COMMANDS:
        parser = add_parser(one.name, help=one.help, description=one.help, epilog=one.epilog)
        parser.set_defaults(run=one.run)
        for flags, options in one.arguments:
            parser.add_argument(*flags, **options)


def run_check(arguments: argparse.Namespace) -> None:
    """Run the check and exit with 1 when it fails."""
    from airflow_provider_cloudflows.cli.check import check

    if not check(arguments.conn_id, arguments.service or [], arguments.region, arguments.timeout):
        raise SystemExit(1)


def run_explain(arguments: argparse.Namespace) -> None:
    """Print what a code stands for, and exit with 1 where it stands for nothing."""
    from airflow_provider_cloudflows.cli.explain import explain
    from airflow_provider_cloudflows.errors import InvalidParameter

    try:
        print(explain(arguments.code))
    except InvalidParameter as unknown:
        raise SystemExit(unknown.sentence()) from None


COMMANDS = (
    Command(
        name="check",
        help="Check a connection: who it makes you, with which credential, and which services answer",
        epilog="The exit code is 1 when the credential is not accepted or a service cannot be reached.",
        arguments=(
            (("conn_id",), {"help": "id of the connection"}),
            (
                ("--service",),
                {"help": "check this service only; may be repeated", "action": "append", "metavar": "NAME"},
            ),
            (("--region",), {"help": "region id, instead of the connection's"}),
            (
                ("--timeout",),
                {"help": "seconds that each service may take, 15 by default", "type": float, "default": 15.0},
            ),
        ),
        run=run_check,
    ),
    Command(
        name="explain",
        help="Explain an error: why it happens, what was done about it, and what to do",
        epilog="A message begins with its code. Nothing is asked of anybody.",
        arguments=((("code",), {"help": "code of the error, for example CF203"}),),
        run=run_explain,
    ),
)
