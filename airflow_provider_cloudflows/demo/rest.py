"""Airflow's public REST API over the standard library: JSON in, JSON out, one login.

It knows paths, tokens and status codes, and nothing about DAGs. It never goes through a proxy: the server is
always on this machine.
"""

from __future__ import annotations

import http.client
import json
import time
from contextlib import suppress
from typing import Any
from urllib.parse import quote, urlencode

SERVER_ERROR_REPEATS = 5
SERVER_ERROR_PAUSE = 0.5


class RestError(Exception):
    """Airflow answered with an error status."""

    def __init__(self, method: str, path: str, status: int, body: str) -> None:
        super().__init__(f"Airflow answered {method} {path} with HTTP {status}: {body[:500]}")
        self.status = status


class AirflowRest:
    """A client of one Airflow API server; it logs in when first used."""

    def __init__(self, port: int, username: str, password: str, timeout: float = 30.0) -> None:
        self._port = port
        self._login = {"username": username, "password": password}
        self._timeout = timeout
        self._token: str | None = None

    @property
    def token(self) -> str:
        """The token of the login; it logs in when it has none."""
        if self._token is None:
            self._token = str(self._exchange("POST", "/auth/token", self._login)["access_token"])
        return self._token

    def get(self, *segments: object, **query: object) -> Any:
        """GET /api/v2/<segments>?<query>; segments are quoted, so run ids may hold any character."""
        return self._call("GET", segments, query=query)

    def post(self, *segments: object, body: object) -> Any:
        """POST a JSON body."""
        return self._call("POST", segments, body=body)

    def patch(self, *segments: object, body: object) -> Any:
        """PATCH with a JSON body."""
        return self._call("PATCH", segments, body=body)

    def health(self) -> dict[str, Any]:
        """Return the health of every component; needs no login. OSError while the server is not up."""
        health: dict[str, Any] = self._exchange("GET", "/api/v2/monitor/health")
        return health

    def prepare_for_tasks(self) -> None:
        """Make the server build the API for tasks, and wait for it. OSError while it is not up.

        Otherwise the first task does that: it takes seconds, in which nobody is answered, and on a busy machine so many
        that the task gives up.
        """
        with suppress(RestError):  # where a version of Airflow has no such path, it has built the API to say so
            self._exchange("GET", "/execution/health")

    def _call(
        self,
        method: str,
        segments: tuple[object, ...],
        *,
        query: dict[str, object] | None = None,
        body: object = None,
    ) -> Any:
        path = "/api/v2/" + "/".join(quote(str(segment), safe="") for segment in segments)
        if query:
            path = f"{path}?{urlencode(query)}"
        headers = {"Authorization": f"Bearer {self.token}"}
        # A component that is writing may keep SQLite locked for a moment, and a busy machine answers late. What may be
        # repeated is repeated.
        for _ in range(SERVER_ERROR_REPEATS if method != "POST" else 0):
            try:
                return self._exchange(method, path, body, headers)
            except RestError as error:
                if error.status < 500:
                    raise
            except TimeoutError:
                continue
            time.sleep(SERVER_ERROR_PAUSE)
        return self._exchange(method, path, body, headers)

    def _exchange(self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=self._timeout)
        try:
            payload = None if body is None else json.dumps(body)
            connection.request(method, path, payload, {"Content-Type": "application/json", **(headers or {})})
            response = connection.getresponse()
            text = response.read().decode()
        except http.client.HTTPException as error:
            raise OSError(f"The API server broke off {method} {path}: {error!r}") from error
        finally:
            connection.close()
        if response.status >= 400:
            raise RestError(method, path, response.status, text)
        return json.loads(text)
