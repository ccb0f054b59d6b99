"""A throw-away Airflow: its own home, database, ports and processes, gone when the ``with`` block ends.

    with ThrowAwayAirflow(Path("dags"), connections={"alibabacloud_default": "{...}"}) as airflow:
        run = airflow.trigger("my_dag", conf={"region": "cn-hangzhou"})
        assert airflow.wait_for(run) == "success"
        print(airflow.xcom(run, "create_business"))

It is the real thing: scheduler, DAG processor and API server as processes, tasks in processes of their own.
It is for demos and tests on one machine: it listens on 127.0.0.1 only, and runs a DAG only when told to.
"""

from __future__ import annotations

import base64
import configparser
import datetime
import json
import os
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self, TypeVar

from airflow_provider_cloudflows.demo.dag_folder import IGNORE_FILE, all_but
from airflow_provider_cloudflows.demo.processes import Component, free_port, members, signals_held_back, stop
from airflow_provider_cloudflows.demo.rest import AirflowRest, RestError

COMMAND = (sys.executable, "-m", "airflow_provider_cloudflows.demo.airflow_command")
USERNAME = "admin"
FINISHED = frozenset({"success", "failed"})
POLL_SECONDS = 0.5
"""Between two questions to Airflow: to answer one costs it more than a twentieth of a second of a processor."""
PAGE = 100
T = TypeVar("T")


class ThrowAwayAirflowError(Exception):
    """Airflow did not start, find the DAG or finish in time; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Run:
    """A DAG run."""

    dag_id: str
    run_id: str


@dataclass(frozen=True, slots=True)
class TaskInstance:
    """A task of a run, or one of its copies when it is mapped; map_index is -1 when it is not.

    ``pid`` and ``hostname`` say which process on which machine runs its latest try.
    """

    task_id: str
    map_index: int
    operator: str
    state: str | None
    try_number: int
    pid: int | None
    hostname: str | None = None

    @property
    def label(self) -> str:
        """The name that a person sees."""
        return self.task_id if self.map_index < 0 else f"{self.task_id}[{self.map_index}]"


class ThrowAwayAirflow:
    """A running Airflow with a temporary home; a context manager.

    ``dags`` are DAG files, or one folder of them; a file finds the modules and templates that lie beside it.
    ``connections`` maps connection ids to URIs or JSON. ``settings`` holds options of ``airflow.cfg`` by section,
    ``env`` is added to the environment of every process; both win over what is set here. The home is removed at the
    end, and kept when the block failed: ``home`` says where it is.
    """

    def __init__(
        self,
        *dags: Path,
        connections: Mapping[str, str] | None = None,
        env: Mapping[str, str] | None = None,
        settings: Mapping[str, Mapping[str, object]] | None = None,
        parallelism: int = 2,
        with_triggerer: bool = False,
        startup_timeout: float = 300.0,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._dags = [path.resolve(strict=True) for path in dags]
        self._connections = dict(connections or {})
        self._extra_env = dict(env or {})
        self._extra_settings = dict(settings or {})
        self._parallelism = parallelism
        self._with_triggerer = with_triggerer
        self._startup_timeout = startup_timeout
        self._say = say
        self._components: list[Component] = []
        self.password = secrets.token_urlsafe(9)

    def __enter__(self) -> Self:
        self.home = Path(tempfile.mkdtemp(prefix="throw-away-airflow-"))
        self._port = free_port()
        self.env = self._environment()
        self.rest = AirflowRest(self._port, USERNAME, self.password)
        try:
            self._prepare_home()
            # The API server takes longest to start and needs the database only when it is first asked.
            self._say("starting Airflow: database and api-server")
            self._start("api-server", "api-server")
            self._migrate()
            self._say(f"starting Airflow: {', '.join(self._services)}")
            for name, arguments in self._services.items():
                self._start(name, name, *arguments)
            self._wait_until_healthy()
        except BaseException as error:
            self._close(keep_home=isinstance(error, Exception))
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._close(keep_home=isinstance(error, Exception))

    @property
    def url(self) -> str:
        """Where the web UI and the REST API are."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def dags_folder(self) -> Path:
        """Where Airflow looks for DAG files."""
        first = self._dags[0]
        return first if first.is_dir() else self.home / "dags"

    @property
    def _where(self) -> str:
        return " and ".join(map(str, self._dags))

    @property
    def sessions(self) -> list[int]:
        """The process sessions that this Airflow lives in."""
        return [component.session for component in self._components]

    # --- what a user does with it --------------------------------------------------------------------------

    def dag_ids(self, timeout: float = 60.0) -> list[str]:
        """Wait until every DAG file is read, and return the ids of the DAGs in them."""

        def found() -> list[str]:
            ids = [dag["dag_id"] for dag in self.rest.get("dags", limit=PAGE)["dags"]]
            if not ids:
                self._complain_about_import_errors()
            return ids

        return self._poll(found, timeout, f"No DAG was found in {self._where} within {timeout:.0f} s.")

    def trigger(
        self, dag_id: str, conf: Mapping[str, object] | None = None, timeout: float = 60.0, *, since: float = 0.0
    ) -> Run:
        """Start a run as soon as the DAG is known, and return when there is one.

        ``since`` (seconds since 1970) says when its file was changed: what was read before, and what Airflow complained
        about before, does not count.
        """
        missing = f"Airflow found no DAG {dag_id!r} in {self._where} within {timeout:.0f} s."
        self._poll(lambda: self._unpause(dag_id, since), timeout, missing)
        body = {"logical_date": None, "conf": dict(conf or {})}
        run = Run(dag_id, self._poll(lambda: self._started(dag_id, body), timeout, missing))
        # Some releases of the API server answer before they commit: for a moment there is no such run.
        self._poll(lambda: self._is_there(run), timeout, f"Airflow lost the run {run.run_id} of {dag_id}.")
        return run

    def wait_for(self, run: Run, timeout: float = 300.0) -> str:
        """Wait for the end of a run and return its state, ``success`` or ``failed``."""

        def finished() -> str | None:
            state: str = self.rest.get("dags", run.dag_id, "dagRuns", run.run_id)["state"]
            return state if state in FINISHED else None

        return self._poll(finished, timeout, f"The run of {run.dag_id} did not end within {timeout:.0f} s.")

    def task_instances(self, run: Run) -> list[TaskInstance]:
        """Return the tasks of a run in the order in which they ended, those that have not ended last."""
        rows: list[dict[str, Any]] = []
        while True:
            page = self.rest.get(*_in(run), limit=PAGE, offset=len(rows))
            rows += page["task_instances"]
            if not page["task_instances"] or len(rows) >= page["total_entries"]:
                break
        rows.sort(key=lambda row: (row["end_date"] is None, row["end_date"], row["task_id"], row["map_index"]))
        return [
            TaskInstance(
                task_id=row["task_id"],
                map_index=row["map_index"],
                operator=row.get("operator_name") or row.get("operator") or "",
                state=row["state"],
                try_number=row["try_number"],
                pid=row["pid"],
                hostname=row["hostname"],
            )
            for row in rows
        ]

    def xcom(self, run: Run, task_id: str, key: str = "return_value", map_index: int = -1) -> Any:
        """Return a value that a task pushed; KeyError when it pushed none under that key."""
        try:
            entry = self.rest.get(*_in(run, task_id), "xcomEntries", key, map_index=map_index, stringify="false")
        except RestError as error:
            if error.status == 404:
                raise KeyError(key) from error
            raise
        return entry["value"]

    def links(self, run: Run, task_id: str, map_index: int = -1) -> dict[str, str]:
        """Return the extra links of a task by name, those without an address left out."""
        links = self.rest.get(*_in(run, task_id), "links", map_index=map_index)["extra_links"]
        return {name: address for name, address in links.items() if address}

    def log(self, run: Run, task_id: str, try_number: int = 1, map_index: int = -1) -> list[dict[str, Any]]:
        """Return the log of one try of a task, one mapping with an ``event`` per line."""
        answer = self.rest.get(*_in(run, task_id), "logs", try_number, map_index=map_index, full_content="true")
        lines: list[dict[str, Any]] = answer["content"]
        return lines

    def is_waited_for(self, run: Run, task_id: str) -> bool:
        """Tell whether the triggerer has begun to wait for a task: the trigger has a log of its own then."""
        logs = self.home / "logs" / f"dag_id={run.dag_id}" / f"run_id={run.run_id}"
        return any(
            " starting" in log.read_text() for log in logs.rglob("*.trigger.*") if f"task_id={task_id}" in log.parts
        )

    def kill(self, name: str) -> None:
        """Kill every process of a component at once, as a machine that is lost does."""
        for component in self._components:
            if component.name == name:
                for pid in members([component.session]):
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)

    def restart_ended(self) -> list[str]:
        """Start every component again that has ended by itself, as a service manager does; return their names."""
        ended = [component for component in self._components if component.exit_code is not None]
        for component in ended:
            stop([component])  # what it started may outlive it
            self._components.remove(component)
            self._start(component.name, component.name, *self._services.get(component.name, []))
        return [component.name for component in ended]

    def run_forever(self) -> NoReturn:
        """Keep running until an exception, such as that of a signal handler, ends it, or a component dies."""
        while True:
            self._complain_about_dead_components()
            time.sleep(POLL_SECONDS)

    def forget(self) -> None:
        """Remove a home that was kept because of a failure."""
        shutil.rmtree(self.home)

    # --- start ---------------------------------------------------------------------------------------------

    def _environment(self) -> dict[str, str]:
        """Return the environment of every process: nothing of the caller's own Airflow reaches it."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
        return {
            **inherited,
            # A proxy for the outside world must not see what stays on this machine.
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
            "AIRFLOW_HOME": str(self.home),
            **{f"AIRFLOW_CONN_{name.upper()}": value for name, value in self._connections.items()},
            **self._extra_env,
        }

    def _settings(self) -> dict[str, dict[str, object]]:
        """Return the contents of airflow.cfg: what makes this Airflow small, quick, private and quiet."""
        return {
            "core": {
                "dags_folder": self.dags_folder,
                "load_examples": False,
                "executor": "LocalExecutor",
                "parallelism": self._parallelism,
                "execution_api_server_url": f"{self.url}/execution/",
                # The default asks the DNS, which is slow or absent on a laptop.
                "hostname_callable": "socket.gethostname",
                "fernet_key": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
                "simple_auth_manager_users": f"{USERNAME}:admin",
                "simple_auth_manager_passwords_file": self.home / "passwords.json",
            },
            "api": {
                "host": "127.0.0.1",
                "port": self._port,
                "base_url": self.url,
                "workers": 1,
                "secret_key": secrets.token_urlsafe(48),
            },
            "api_auth": {"jwt_secret": secrets.token_urlsafe(48)},
            "scheduler": {
                # A run starts when it is triggered, not because a DAG has a schedule.
                "use_job_schedule": False,
                "scheduler_idle_sleep_time": 0.5,
            },
            # The API server is started before its database is made.
            "database": {"check_migrations": False},
            "workers": {
                # Also keeps tasks that resume quickly out of a race in the scheduler.
                "min_heartbeat_interval": 1,
                # The API server builds what tasks talk to when the first one asks; a busy machine needs longer for it
                # than the five seconds after which a task gives up.
                "execution_api_timeout": 60,
            },
            "usage_data_collection": {"enabled": False},
        }

    def _prepare_home(self) -> None:
        own = self._settings()
        # Percent signs are interpolation in airflow.cfg.
        sections = {
            section: {
                option: str(value).replace("%", "%%")
                for option, value in {**own.get(section, {}), **self._extra_settings.get(section, {})}.items()
            }
            for section in sorted(own.keys() | self._extra_settings.keys())
        }
        config = configparser.RawConfigParser()
        config.read_dict(sections)
        with (self.home / "airflow.cfg").open("w") as file:
            config.write(file)
        (self.home / "passwords.json").write_text(json.dumps({USERNAME: self.password}))
        if self.dags_folder.is_relative_to(self.home):
            self._link_dag_files()

    def _link_dag_files(self) -> None:
        """Make a DAG folder of the DAG files and what lies beside them, of which only those files hold DAGs.

        A DAG file may import a module beside it, or read a template there.
        """
        self.dags_folder.mkdir()
        (self.dags_folder / IGNORE_FILE).write_text(all_but(path.name for path in self._dags))
        beside = [path for folder in {path.parent: None for path in self._dags} for path in sorted(folder.iterdir())]
        for path in [*self._dags, *beside]:
            link = self.dags_folder / path.name
            if not os.path.lexists(link):
                link.symlink_to(path)

    @property
    def _services(self) -> dict[str, list[str]]:
        """The components that need the database from the start, with their arguments."""
        # The API server reads the task logs from the disk: nobody else has to serve them.
        services = {"scheduler": ["--skip-serve-logs"], "dag-processor": []}
        if self._with_triggerer:
            services["triggerer"] = ["--skip-serve-logs"]
        return services

    def _migrate(self) -> None:
        migration = self._start("db-migrate", "db", "migrate")
        self._poll(
            lambda: migration.exit_code is not None,
            self._startup_timeout,
            f"Airflow's database was not ready within {self._startup_timeout:.0f} s.",
        )
        if migration.exit_code != 0:
            raise ThrowAwayAirflowError(f"Airflow could not make its database:\n{migration.last_lines()}")
        self._components.remove(migration)

    def _start(self, name: str, *arguments: str) -> Component:
        with signals_held_back():
            component = Component(name, [*COMMAND, *arguments], self.env, self.home)
            self._components.append(component)
        return component

    def _wait_until_healthy(self) -> None:
        wanted = {"metadatabase", "scheduler", "dag_processor"}
        if self._with_triggerer:
            wanted.add("triggerer")

        def healthy() -> bool:
            try:
                self.rest.prepare_for_tasks()
                health = self.rest.health()
            except OSError:
                return False
            return all((health.get(name) or {}).get("status") == "healthy" for name in wanted)

        self._poll(healthy, self._startup_timeout, f"Airflow was not healthy within {self._startup_timeout:.0f} s.")

    # --- waiting and stopping ------------------------------------------------------------------------------

    def _unpause(self, dag_id: str, since: float) -> bool:
        try:
            dag = self.rest.patch("dags", dag_id, body={"is_paused": False})
        except RestError as error:
            if error.status != 404:
                raise
            is_read = False
        else:
            is_read = _seconds(dag["last_parsed_time"]) >= since
        if not is_read:
            self._complain_about_import_errors(since)
        return is_read

    def _started(self, dag_id: str, body: Mapping[str, object]) -> str | None:
        """Return the id of a new run; Airflow 3.1 may know the DAG for a moment before it can run it."""
        try:
            run_id: str = self.rest.post("dags", dag_id, "dagRuns", body=body)["dag_run_id"]
        except RestError as error:
            if error.status != 404:
                raise
            return None
        return run_id

    def _is_there(self, run: Run) -> bool:
        try:
            self.rest.get("dags", run.dag_id, "dagRuns", run.run_id)
        except RestError as error:
            if error.status == 404:
                return False
            raise
        return True

    def _complain_about_import_errors(self, since: float = 0.0) -> None:
        errors = self.rest.get("importErrors", limit=PAGE, order_by="-timestamp")["import_errors"]
        if errors and _seconds(errors[0]["timestamp"]) >= since:
            raise ThrowAwayAirflowError(
                f"Airflow could not import {errors[0]['filename']}:\n{errors[0]['stack_trace'].rstrip()}"
            )

    def _poll(self, ask: Callable[[], T | None], timeout: float, complaint: str) -> T:
        """Ask until the answer is neither None nor False; give up when time is up or a component has died."""
        deadline = time.monotonic() + timeout
        while True:
            answer = ask()
            if answer:
                return answer
            self._complain_about_dead_components()
            if time.monotonic() > deadline:
                ends = "\n".join(f"--- {c.name}\n{c.last_lines(8)}" for c in self._components)
                raise ThrowAwayAirflowError(f"{complaint} The ends of its logs:\n{ends}")
            time.sleep(POLL_SECONDS)

    def _complain_about_dead_components(self) -> None:
        for component in self._components:
            if component.exit_code is not None:
                raise ThrowAwayAirflowError(
                    f"Airflow's {component.name} ended with code {component.exit_code}. "
                    f"The end of its log:\n{component.last_lines()}"
                )

    def _close(self, *, keep_home: bool) -> None:
        with signals_held_back():
            stop(self._components)
            if keep_home:
                self._say(f"kept Airflow's home with all its logs: {self.home}")
            else:
                self.forget()


def _seconds(time: str | None) -> float:
    """A time as Airflow's API tells it, in seconds since 1970."""
    return datetime.datetime.fromisoformat(time).timestamp() if time else 0.0


def _in(run: Run, task_id: str | None = None) -> tuple[str, ...]:
    path = ("dags", run.dag_id, "dagRuns", run.run_id, "taskInstances")
    return path if task_id is None else (*path, task_id)
