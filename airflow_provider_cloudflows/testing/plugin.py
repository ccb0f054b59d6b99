"""The pytest plugin: fixtures and a mark for tests of one's own DAGs, with both clouds played on this machine.

pytest loads this module in every run of an environment that has it, whoever's tests they are. So it imports nothing but
pytest until a fixture is asked for, touches no folder, and changes nothing by being there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from airflow_provider_cloudflows.testing.home import INI_OPTION, throw_away_home
from airflow_provider_cloudflows.testing.loopback import stay_on_this_machine

if TYPE_CHECKING:
    from airflow_provider_cloudflows.sandbox.app import Running
    from airflow_provider_cloudflows.testing.dag_runs import DagRuns
    from airflow_provider_cloudflows.testing.processes import AirflowProcesses, ProcessRuns
    from airflow_provider_cloudflows.testing.sandbox import CloudflowsSandbox

DAGS_FOLDER = "cloudflows_dags_folder"
MARK = "cloudflows_faults"
RULE = pytest.StashKey[Any]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the settings."""
    about = "give the Airflow of this test run a home of its own, before the first conftest is read"
    parser.addini(INI_OPTION, about, type="bool", default=False)
    parser.addini(DAGS_FOLDER, "the DAG folder, where the DAG files in it import from", default="")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Make the home, where the configuration asks for it, before anybody's code can import Airflow."""
    if early_config.getini(INI_OPTION):
        throw_away_home()


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark."""
    about = f"{MARK}(rules): run the test once under each of these faults of the sandbox, such as 'CreateBusiness:drop'"
    config.addinivalue_line("markers", about)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test of each fault in the mark."""
    mark = metafunc.definition.get_closest_marker(MARK)
    if mark is None:
        return
    rules = mark.args[0] if len(mark.args) == 1 and not mark.kwargs else None
    if not isinstance(rules, Iterable) or isinstance(rules, str | Mapping) or not (rules := list(rules)):
        # pytest would skip a test of no fault without a word.
        raise pytest.UsageError(f"{metafunc.definition.nodeid}: give {MARK} one list of rules.")
    if "cloudflows_sandbox" not in metafunc.fixturenames:
        raise pytest.UsageError(f"{metafunc.definition.nodeid}: {MARK} needs a fixture that has the sandbox.")
    metafunc.parametrize("cloudflows_fault", rules, indirect=True, ids=[_name_of(rule) for rule in rules])


def _name_of(rule: Any) -> str:
    if isinstance(rule, type(pytest.param())):
        return rule.id if isinstance(rule.id, str) else _name_of(rule.values[0])
    return rule if isinstance(rule, str) else ":".join(map(str, rule.values()))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse the mark where pytest makes one test of it, and not one for each fault: it would be green without any."""
    is_made = "cloudflows_fault" in getattr(getattr(item, "callspec", None), "params", ())
    if item.get_closest_marker(MARK) is not None and not is_made:
        pytest.fail(f"{MARK} has no effect on a method of a unittest.TestCase; make it a function.", pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Fail a test that its fault never reached: it shows nothing."""
    result = yield
    rule = item.stash.get(RULE, None)
    if rule is not None and not rule.hits:
        calls = (
            f"{rule.calls} calls of {rule.operation} came in, and it hit none" if rule.calls else "no such call came"
        )
        pytest.fail(f"The fault of this test never happened: {rule}; {calls}.", pytrace=False)
    return result


@pytest.fixture
def cloudflows_fault(request: pytest.FixtureRequest) -> Any:
    """The fault that this test runs under, by the mark ``cloudflows_faults``; None without one."""
    return getattr(request, "param", None)


@pytest.fixture(scope="session")
def cloudflows_server() -> Iterator[Running]:
    """The sandbox's server, one for the whole session; tests use ``cloudflows_sandbox``."""
    try:
        from airflow_provider_cloudflows.sandbox.app import serve
    except ModuleNotFoundError as missing:
        pytest.fail(f"The sandbox needs {missing.name}: install airflow-provider-cloudflows[testing].", pytrace=False)
    with serve(tcp_faults=True) as running:
        yield running


@pytest.fixture
def cloudflows_sandbox(
    request: pytest.FixtureRequest, cloudflows_server: Running, cloudflows_fault: Any
) -> Iterator[CloudflowsSandbox]:
    """Both clouds, newborn for this test: a ``CloudflowsSandbox`` of :mod:`.sandbox`."""
    from airflow_provider_cloudflows.testing.sandbox import CloudflowsSandbox

    sandbox = CloudflowsSandbox(cloudflows_server)
    sandbox.reset()
    if cloudflows_fault is not None:
        request.node.stash[RULE] = sandbox.fault(cloudflows_fault)
    yield sandbox
    sandbox.clear_faults()


@pytest.fixture
def cloudflows_connections(
    cloudflows_sandbox: CloudflowsSandbox, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, str]]:
    """The default connections of both clouds, to the sandbox, in the environment; nothing else can be reached."""
    for variable, value in cloudflows_sandbox.connections.items():
        monkeypatch.setenv(variable, value)
    for variable in ("NO_PROXY", "no_proxy"):
        # A proxy for the outside world must not see what stays on this machine.
        monkeypatch.setenv(variable, "127.0.0.1,localhost")
    with stay_on_this_machine():
        yield cloudflows_sandbox.connections


@pytest.fixture
def run_dag(
    cloudflows_sandbox: CloudflowsSandbox, cloudflows_connections: dict[str, str], pytestconfig: pytest.Config
) -> DagRuns:
    """Runs a DAG in this process; see :class:`~airflow_provider_cloudflows.testing.dag_runs.DagRuns`."""
    from airflow_provider_cloudflows.testing.dag_runs import DagRuns

    return DagRuns(cloudflows_sandbox, _dags_folder(pytestconfig))


@pytest.fixture(scope="session")
def cloudflows_airflow(
    cloudflows_server: Running, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AirflowProcesses]:
    """The running Airflow, one for the whole session; tests use ``run_dag_processes``."""
    from airflow_provider_cloudflows.testing.processes import running_airflow

    folder = tmp_path_factory.mktemp("cloudflows-airflow")
    with running_airflow(cloudflows_server.connections, folder) as processes:
        yield processes


@pytest.fixture
def run_dag_processes(
    cloudflows_airflow: AirflowProcesses,
    cloudflows_sandbox: CloudflowsSandbox,
    cloudflows_connections: dict[str, str],
    pytestconfig: pytest.Config,
) -> ProcessRuns:
    """Runs a DAG file in real processes; see :class:`~airflow_provider_cloudflows.testing.processes.ProcessRuns`."""
    from airflow_provider_cloudflows.testing.processes import ProcessRuns

    return ProcessRuns(cloudflows_airflow, cloudflows_sandbox, _dags_folder(pytestconfig))


def _dags_folder(config: pytest.Config) -> Path | None:
    """The DAG folder that the configuration names, from where the configuration is."""
    named = config.getini(DAGS_FOLDER)
    if not named:
        return None
    folder = Path(config.inipath.parent if config.inipath else config.rootpath, named).resolve()
    if not folder.is_dir():
        raise pytest.UsageError(f"{DAGS_FOLDER} names {folder}, which is no folder.")
    return folder
