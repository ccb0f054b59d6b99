"""A server that costs next to nothing: each request gets the one answer that its path stands for, over keep-alive.

It runs in a process of its own, so that its work is not measured with the clients'. ``python -m
tests.benchmarks.server`` prints the port.
"""

from __future__ import annotations

import asyncio
import json
import re

LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)

BUSINESS = {
    "BusinessId": 1000001,
    "HttpStatusCode": 200,
    "ErrorMessage": "",
    "RequestId": "0bc1411515937635973****",
    "ErrorCode": "",
    "Success": True,
}
WORKFLOW = {
    "code": "00000000",
    "message": "",
    "success": True,
    "request_id": "05fd3ed9-1f8a-4b4b-b9f1-2d5e0f3a1c11",
    "data": {
        "id": "34a1e1c3-8b0c-4f43-a0a8-3f3ef6fb8e6f",
        "name": "contain",
        "description": "",
        "project_id": "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
        "owner_id": "",
        "creator_id": "e0a1b2c3d4e5f60718293a4b5c6d7e8f",
        "edit_role": "",
        "use_role": "",
        "approve_role": "",
        "enabled": False,
        "workspace_id": "f44065f5-557b-4376-ae02-8c65ef1960f4",
        "version_id": "",
        "current_approval_version_id": "",
        "current_rejected_version_id": "",
        "aop_type": "NORMAL",
        "engine_type": "public_engine",
        "dataclass_id": "e410ae50-43fa-343e-807a-a2a9edb8018e",
        "create_time": "2025-07-18T14:44:46.735Z+0800",
        "update_time": "2025-07-18T14:44:46.735Z+0800",
    },
}


def response(document: object) -> bytes:
    body = json.dumps(document).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


ANSWERS = {True: response(BUSINESS), False: response(WORKFLOW)}


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = LENGTH.search(head)
            if length:
                await reader.readexactly(int(length[1]))
            writer.write(ANSWERS[head.startswith((b"POST / ", b"POST /? "))])
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main() -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
