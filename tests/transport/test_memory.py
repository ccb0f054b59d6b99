"""What lives as long as the process does not grow with what it has sent."""

from __future__ import annotations

import gc
import tracemalloc

from airflow_provider_cloudflows.auth.base import AccessKey
from airflow_provider_cloudflows.auth.huawei.sdk_hmac import SdkHmacSigner
from airflow_provider_cloudflows.transport.client import Transport
from airflow_provider_cloudflows.transport.message import Message, encode_form
from tests.transport.servers import Answer, http_script, one, serving

LONG = 90_000
MOST_GROWTH = 3_000_000


def test_long_texts_are_not_kept() -> None:
    transport, signer = Transport(), SdkHmacSigner(AccessKey("HPUAKEY", "S3cretKey0123456789"))

    def send(number: int, origin: str) -> None:
        long = f"{number}{'x' * LONG}"
        # In the body as creates have it, in the query as reads have it, and in the path as nobody should.
        for path, query in (("/", encode_form([("Description", long)])[:60_000]), (f"/{long[:60_000]}", "")):
            message = Message("POST", origin, path, query, {}, encode_form([("Description", long)]).encode())
            list(signer.sign(message))
            transport.run(one(message))

    with serving(http_script(lambda _: Answer(b"{}"))) as server:
        tracemalloc.start()
        try:
            for number in range(8):
                send(number, server.origin)
            server.requests.clear()
            gc.collect()
            before = tracemalloc.get_traced_memory()[0]
            for number in range(8, 60):
                send(number, server.origin)
                server.requests.clear()
            gc.collect()
            growth = tracemalloc.get_traced_memory()[0] - before
        finally:
            tracemalloc.stop()
        transport.close()
    assert growth < MOST_GROWTH
