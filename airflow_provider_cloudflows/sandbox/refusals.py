"""The error bodies of the two clouds, one class per shape; they differ by service and even by status.

Follows the vendors' error tables and pages as quoted with each class. Which code is used when is decided by
the gateways and rooms.
"""

from __future__ import annotations

import math
from email.utils import formatdate
from typing import Any

from airflow_provider_cloudflows.sandbox.choices import Code
from airflow_provider_cloudflows.sandbox.operations import Refusal


class AlibabaRefusal(Refusal):
    """Alibaba's gateway and DataWorks: Code, Message, RequestId, HostId, Recommend."""

    def body(self, request_id: str, host: str) -> dict[str, Any]:
        return {
            "Code": self.code,
            "Message": self.text,
            "RequestId": request_id,
            "HostId": host,
            "Recommend": f"https://api.aliyun.com/troubleshoot?q={self.code}",
        }


class BPStudioRefusal(Refusal):
    """BPStudio: its own envelope, with a Code that is not 200."""

    def body(self, request_id: str, host: str) -> dict[str, Any]:
        return {"RequestId": request_id, "Message": self.text, "Code": self.code}


class DataWorksFailure(Refusal):
    """DataWorks, HTTP 200: the fields of a successful answer, with ``Success`` false."""

    def body(self, request_id: str, host: str) -> dict[str, Any]:
        return {
            "HttpStatusCode": self.status,
            "RequestId": request_id,
            "ErrorMessage": self.text,
            "Success": False,
            "ErrorCode": self.code,
        }


class ApigwRefusal(Refusal):
    """Huawei's API gateway in front of every service: error_msg, error_code, request_id."""

    def body(self, request_id: str, host: str) -> dict[str, Any]:
        return {"error_msg": self.text, "error_code": self.code, "request_id": request_id}


class SecMasterRefusal(Refusal):
    """SecMaster workflow calls: code and message."""

    def body(self, request_id: str, host: str) -> dict[str, Any]:
        return {"code": self.code, "message": self.text}


class SecMasterFailure(Refusal):
    """SecMaster workflow calls, HTTP 200: the envelope of a successful answer, with ``success`` false."""

    def body(self, request_id: str, host: str) -> dict[str, Any]:
        return {"code": self.code, "message": self.text, "success": False, "request_id": request_id, "data": None}


class PlainRefusal(Refusal):
    """Fabric, IAM, and SecMaster's workspace and data class calls: error_code and error_msg."""

    def body(self, request_id: str, host: str) -> dict[str, Any]:
        return {"error_code": self.code, "error_msg": self.text}


class StsRefusal(Refusal):
    """Huawei STS v5: error_msg, error_code, request_id."""

    def body(self, request_id: str, host: str) -> dict[str, Any]:
        return {"error_msg": self.text, "error_code": self.code, "request_id": request_id}


class TextRefusal(Refusal):
    """The metadata services and their like: a sentence in plain text."""

    def body(self, request_id: str, host: str) -> str:
        return self.text


class FabricForbidden(Refusal):
    """Fabric's 403, unlike its other errors: a number as error_code and a nested object with a text code."""

    def __init__(self, message: str) -> None:
        super().__init__(403, "403", message)

    def body(self, request_id: str, host: str) -> dict[str, Any]:
        nested = {"code": self.code, "message": self.text, "title": "Forbidden"}
        return {
            "error": nested,
            "error_code": self.status,
            "error_msg": self.text,
            "title": "Forbidden",
        }


def refuse(shape: type[Refusal], code: Code, message: str, echo: str = "") -> Refusal:
    """A refusal of the given shape with a code and its status."""
    return shape(code.status, code.code, message, echo)


def with_retry_after(refusal: Refusal, wait: float, form: str, now: float) -> Refusal:
    """The refusal with the standard header: in seconds, as a date, or (any other form) without it."""
    if form == "retry-after":
        return with_headers(refusal, {"Retry-After": str(math.ceil(wait))})
    if form == "retry-after-date":
        return with_headers(refusal, {"Retry-After": formatdate(math.ceil(now + wait), usegmt=True)})
    return refusal


def with_headers(refusal: Refusal, headers: dict[str, str]) -> Refusal:
    """The refusal, sent with these headers."""
    refusal.headers = headers
    return refusal
