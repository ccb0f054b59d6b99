"""The ends of the logs of DataWorks tasks: so many lines, and no secret, however a task printed it."""

from __future__ import annotations

import time

import pytest

from airflow_provider_cloudflows.services.dataworks.logs import LOG_LINES, shown_end

PRINTED = (
    "password=SECRET",
    "PGPASSWORD=SECRET",
    "DB_PASS: SECRET",
    "passphrase => SECRET",
    "the password is SECRET",
    "--password SECRET",
    "mysql --db-password='SECRET' -u me",
    "SET password 'SECRET'",
    "SET password = 'SECRET';",
    "--password = SECRET",
    "set token is SECRET",
    "CREATE USER u IDENTIFIED BY 'SECRET'",
    'password = "SECRET with blanks"',
    '{"password": "SECRET"}',
    '{\\"password\\": \\"SECRET\\"}',
    "<password>SECRET</password>",
    "api_key=SECRET",
    "apiKey: SECRET",
    "private-key=SECRET",
    "odps.access.key=SECRET",
    "access_key=SECRET",
    "sk=SECRET",
    "signature=SECRET&x=1",
    "https://host/path?token=SECRET&x=1",
    "jdbc:mysql://user:SECRET@host/db",
    "Authorization: Bearer SECRET",
    "Authorization: ACS3-HMAC-SHA256 Credential=a,SignedHeaders=b,Signature=SECRET",
    "Set-Cookie: sid=SECRET; Path=/",
    "x-acs-security-token:SECRET",
    "-----BEGIN RSA PRIVATE KEY-----\nSECRET\nSECRET\n-----END RSA PRIVATE KEY-----",
)


@pytest.mark.parametrize("printed", PRINTED)
def test_what_reads_like_a_secret_is_masked(printed: str) -> None:
    shown = "\n".join(shown_end(f"before\n{printed.replace('SECRET', 'hunter22')}\nafter", []))
    assert "***" in shown
    assert "hunter" not in shown
    assert (shown.splitlines()[0], shown.splitlines()[-1]) == ("before", "after")


@pytest.mark.parametrize(
    "printed",
    [
        "AccessKeySecretKEY",
        "accessKeySecret KEY",
        "access_key_secret\tKEY",
        "| secret | KEY |",
        'password "KEY"',
        "odps login LTAI5tSandboxAccessKey01 KEY",
        "KEY",
        "arguments: [KEY, x]",
    ],
)
@pytest.mark.parametrize("key", ["8KxPq2Lm4Nv7Rt9Wy3Zb5Cd6Fg1HjA", "4wTb9XkQz7Lp2Rm8Vn3Yc6Hd1Fg5Js0aUeIoWqEr"])
def test_a_secret_key_is_masked_wherever_it_stands(printed: str, key: str) -> None:
    (shown,) = shown_end(printed.replace("KEY", key), [])
    assert "***" in shown
    assert key not in shown


@pytest.mark.parametrize(
    "line", ["SELECT pass_count FROM t WHERE passed = 1", "compass: north", "bypass: yes", "risk: high", "desk: 5",
             "token expired_for_good", "instance 20260301012345678gabcdefgh1234",
             "3f786850e387550fdab836ed7e6dc881de23001b", "org.example.SomeVeryLongNameOfAClassHandler"]
)  # fmt: skip
def test_what_only_looks_a_little_like_it_is_shown(line: str) -> None:
    assert shown_end(line, []) == [line]


def test_a_key_that_began_before_what_is_shown_is_masked() -> None:
    begun = ["-----BEGIN PRIVATE KEY-----", *["hunter22"] * 20, "-----END PRIVATE KEY-----"]
    shown = shown_end("\n".join([*begun, *["line"] * (LOG_LINES - 10)]), [])
    assert "hunter22" not in shown


def test_a_log_without_end_costs_no_more_than_its_end() -> None:
    began = time.process_time()
    assert len(shown_end("password\n" * 500_000 + "a" * 5_000_000, [])) == LOG_LINES
    assert time.process_time() - began < 5
