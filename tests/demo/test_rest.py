"""The REST client repeats what may be repeated when Airflow is briefly out of order, and nothing else."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from airflow_provider_cloudflows.demo import rest
from airflow_provider_cloudflows.demo.rest import AirflowRest, RestError

SILENCE = 0
"""In place of a status: no answer, until the test is over."""


class Scripted(ThreadingHTTPServer):
    """Answers a login, and everything else with the next status of a list; remembers what came in."""

    statuses: list[int]
    seen: list[str]
    is_over: threading.Event


class Answer(BaseHTTPRequestHandler):
    server: Scripted

    def answer(self) -> None:
        login = self.path == "/auth/token"
        status = 201 if login else self.server.statuses.pop(0)
        if not login:
            self.server.seen.append(f"{self.command} {self.path}")
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if status == SILENCE:
            self.server.is_over.wait()
            return
        body = json.dumps({"access_token": "t"} if status < 400 else {"detail": "the reason"}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PATCH = answer  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def airflow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    monkeypatch.setattr(rest, "SERVER_ERROR_PAUSE", 0)
    with Scripted(("127.0.0.1", 0), Answer) as server:
        server.seen = []
        server.is_over = threading.Event()
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.is_over.set()
        server.shutdown()
        thread.join()


def test_a_read_survives_a_server_that_is_busy_for_longer_than_a_call_may_take(airflow: Scripted) -> None:
    airflow.statuses = [SILENCE, *[200] * rest.SERVER_ERROR_REPEATS]
    AirflowRest(airflow.server_port, "admin", "password", timeout=1.0).get("dags")
    assert len(airflow.seen) > 1


def test_a_read_survives_server_errors(airflow: Scripted) -> None:
    airflow.statuses = [500, 503, 200]
    AirflowRest(airflow.server_port, "admin", "password").get("dags", "a b/c", limit=1)
    assert airflow.seen == ["GET /api/v2/dags/a%20b%2Fc?limit=1"] * 3


def test_a_lasting_server_error_is_told(airflow: Scripted) -> None:
    airflow.statuses = [500] * 20
    with pytest.raises(RestError, match=r"^Airflow answered GET /api/v2/dags with HTTP 500: .*the reason"):
        AirflowRest(airflow.server_port, "admin", "password").get("dags")
    assert len(airflow.seen) == rest.SERVER_ERROR_REPEATS + 1


@pytest.mark.parametrize(("method", "status"), [("post", 500), ("get", 404), ("patch", 409)])
def test_the_rest_is_sent_once(airflow: Scripted, method: str, status: int) -> None:
    airflow.statuses = [status, 200]
    client = AirflowRest(airflow.server_port, "admin", "password")
    with pytest.raises(RestError) as refused:
        client.get("dags") if method == "get" else getattr(client, method)("dags", body={})
    assert refused.value.status == status
    assert len(airflow.seen) == 1
