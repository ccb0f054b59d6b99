"""A throw-away home for the Airflow of this very process: where its database, its logs and its configuration are.

Airflow settles for a home when it is imported, and creates it then. So this comes before every import of Airflow, and
imports nothing of it. It starts no process: see ``airflow_provider_cloudflows.demo.airflow_home`` for that.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

__all__ = ["HomeIsTaken", "check_that_airflow_lives_in", "throw_away_home"]

INI_OPTION = "cloudflows_throw_away_home"

_home: Path | None = None


class HomeIsTaken(Exception):
    """Airflow was imported before it could get a home; the message says what to do."""


def throw_away_home() -> Path:
    """Give this process a home of its own for Airflow, empty and outside of the person's, and return where it is.

    Made once; removed when the process ends. Settings of another Airflow in the environment (``AIRFLOW__…`` and
    ``AIRFLOW_CONFIG``, which names a file of them) are taken out of it, connections and variables stay.

    :raises HomeIsTaken: Airflow is imported already, with another home.
    """
    global _home
    if _home is None:
        if "airflow.configuration" in sys.modules:
            raise HomeIsTaken(
                f"Airflow was imported with the home {os.environ.get('AIRFLOW_HOME', '~/airflow')}, which a test run "
                f"must not use, before it could get one of its own; set {INI_OPTION} = true in pytest's configuration, "
                "which gives it one before the first conftest is read."
            )
        _home = Path(tempfile.mkdtemp(prefix="cloudflows-tests-")).resolve()
        atexit.register(shutil.rmtree, _home, ignore_errors=True)
        _move_in(_home)
    return _home


def check_that_airflow_lives_in(home: Path) -> None:
    """Import Airflow, and check that it took ``home``: a conftest may have said something else meanwhile.

    :raises HomeIsTaken: it has, or would have, another home or another database.
    """
    if not (_is_told(home) and _has_taken(home)):
        raise HomeIsTaken(
            f"The Airflow of this test run was to live in {home}, and something gave it another home or database "
            "afterwards, by AIRFLOW_HOME, AIRFLOW_CONFIG or AIRFLOW__DATABASE__…; take that out of your conftest: a "
            "test run must not write there."
        )


def _is_told(home: Path) -> bool:
    """Whether the environment still says what it was given: looked at first, since importing Airflow makes folders."""
    others = ("AIRFLOW_CONFIG", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN")
    return os.environ.get("AIRFLOW_HOME") == str(home) and not any(name.startswith(others) for name in os.environ)


def _has_taken(home: Path) -> bool:
    from airflow.configuration import AIRFLOW_HOME, conf

    return Path(AIRFLOW_HOME) == home and conf.get("database", "sql_alchemy_conn") == f"sqlite:///{home}/airflow.db"


def _move_in(home: Path) -> None:
    """Point Airflow to ``home`` by the environment, which processes that are started from here inherit."""
    dags = home / "dags"
    dags.mkdir()
    for name in [name for name in os.environ if name.startswith("AIRFLOW__") or name == "AIRFLOW_CONFIG"]:
        del os.environ[name]
    os.environ.update(
        AIRFLOW_HOME=str(home),
        AIRFLOW__CORE__DAGS_FOLDER=str(dags),
        # The default asks the DNS, which is slow or absent on a laptop.
        AIRFLOW__CORE__HOSTNAME_CALLABLE="socket.gethostname",
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
        # Tests may have DAGs of one name; what one has must not run as what another had within 30 seconds.
        AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL="0",
        AIRFLOW__USAGE_DATA_COLLECTION__ENABLED="False",
    )
