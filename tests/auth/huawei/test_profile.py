"""The profile file of the vendor's SDK: which file, which section, and everything that may be wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from airflow_provider_cloudflows.auth.base import AccessKey, NotConfigured
from airflow_provider_cloudflows.auth.huawei.profile import ProfileSource
from airflow_provider_cloudflows.errors import ConfigurationError
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.services.fabric.create_workspace import CreateWorkspace
from tests.auth.huawei.bench import AK, SK, TOKEN, Bench, operations

BASIC = f"[basic]\nak = {AK}\nsk = {SK}\n"
GLOBAL = f"[global]\nak = {AK}GLOBAL\nsk = {SK}\ndomain_id = d1\n"
CREDENTIALS_FILE = "HUAWEICLOUD_SDK_CREDENTIALS_FILE"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".huaweicloud").mkdir()
    return tmp_path


@pytest.fixture
def file(home: Path) -> Path:
    return home / ".huaweicloud" / "credentials"


def at_home(bench: Bench, home: Path, section: str | None = None, **environ: str) -> ProfileSource:
    return ProfileSource(bench.reach, section=section, environ={"HOME": str(home), **environ})


def test_the_usual_file(bench: Bench, home: Path, file: Path) -> None:
    file.write_text(f"{GLOBAL}{BASIC}security_token = {TOKEN}\nproject_id = p1\n")
    source = at_home(bench, home)
    found = bench.obtain(source)
    assert (found.proof, found.project_id) == (AccessKey(AK, SK, TOKEN), "p1")
    assert (found.origin, found.expires) == ("the section [basic] of ~/.huaweicloud/credentials", None)
    assert set(source.secrets()) == {SK, TOKEN}


def test_sections(bench: Bench, home: Path, file: Path) -> None:
    file.write_text(GLOBAL)
    assert bench.key(at_home(bench, home)).key_id == f"{AK}GLOBAL"
    file.write_text(GLOBAL + BASIC)
    assert bench.key(at_home(bench, home, "global")).key_id == f"{AK}GLOBAL"
    assert bench.key(at_home(bench, home, "basic")).key_id == AK


def test_which_file(bench: Bench, home: Path, file: Path, tmp_path: Path) -> None:
    file.write_text(BASIC)
    other = tmp_path / "other"
    other.write_text(GLOBAL)
    found = bench.obtain(at_home(bench, home, **{CREDENTIALS_FILE: str(other)}))
    assert found.origin == f"the section [global] of {other}"
    environ = {"HOME": str(home), CREDENTIALS_FILE: "/nowhere"}
    for path in (other, str(other), "~/other"):
        assert bench.key(ProfileSource(bench.reach, path, environ=environ)).key_id == f"{AK}GLOBAL"


def test_the_file_is_read_anew(bench: Bench, home: Path, file: Path) -> None:
    source = at_home(bench, home)
    file.write_text(BASIC)
    assert bench.key(source).key_id == AK
    file.write_text(BASIC.replace(AK, f"{AK}NEW"))
    assert bench.key(source).key_id == f"{AK}NEW"


def test_a_percent_sign_and_a_byte_order_mark(bench: Bench, home: Path, file: Path) -> None:
    file.write_text(f"\ufeff{BASIC.replace(SK, 'Hush%40%(x)s%%')}", "utf-8")
    assert bench.key(at_home(bench, home)).secret == "Hush%40%(x)s%%"


def test_the_sandbox_takes_the_key(cloud: Bench, home: Path, file: Path) -> None:
    file.write_text(f"[basic]\nak={world.HUAWEI_KEY.id}\nsk={world.HUAWEI_KEY.secret}\n")
    assert cloud.client(at_home(cloud, home)).call(CreateWorkspace(name="by-profile")).id


def test_an_identity_provider_is_stronger_than_a_key(
    cloud: Bench, sandbox: Running, home: Path, file: Path, id_token_file: Path
) -> None:
    file.write_text(f"{BASIC}idp_id = {world.HUAWEI_IDP_ID}\nid_token_file = {id_token_file}\nproject_id = p1\n")
    found = cloud.obtain(at_home(cloud, home))
    assert (found.project_id, found.origin) == (
        "p1",
        "identity provider sandbox-idp (section [basic] of ~/.huaweicloud/credentials)",
    )
    assert operations(sandbox) == ["CreateTokenWithIdToken", "CreateTemporaryAccessKeyByToken"]


def test_the_iam_endpoint_of_the_profile(
    cloud: Bench, home: Path, file: Path, id_token_file: Path, sandbox: Running
) -> None:
    federation = f"[basic]\nidp_id = {world.HUAWEI_IDP_ID}\nid_token_file = {id_token_file}\n"
    file.write_text(f"{federation}iam_endpoint = {cloud.url}\n")
    nowhere = {"HUAWEICLOUD_SDK_IAM_ENDPOINT": "https://127.0.0.1:9"}
    environ = {"HOME": str(home), **nowhere}
    assert cloud.obtain(ProfileSource(cloud.reach_of(region="cn-north-4"), environ=environ)).expires
    file.write_text(federation)
    environ = {"HOME": str(home), "HUAWEICLOUD_SDK_IAM_ENDPOINT": cloud.url}
    assert cloud.obtain(ProfileSource(cloud.reach_of(region="cn-north-4"), environ=environ)).expires
    file.write_text(f"{federation}iam_endpoint = https://127.0.0.1:9\n")
    stronger = cloud.reach_of(overrides={"iam": cloud.url})
    assert cloud.obtain(ProfileSource(stronger, environ=environ)).expires
    file.write_text(f"{federation}iam_endpoint = http://iam.example.com\n")
    source = ProfileSource(cloud.reach_of(region="cn-north-4"), environ=environ)
    assert cloud.refusal(source, ConfigurationError).startswith(
        "The field iam_endpoint in the section [basic] of ~/.huaweicloud/credentials must be https:// and a host"
    )


def test_no_file(bench: Bench, tmp_path: Path) -> None:
    refusal = bench.refusal(at_home(bench, tmp_path), NotConfigured)
    assert refusal == "There is no profile file ~/.huaweicloud/credentials."


def test_a_file_that_somebody_named_ought_to_be_there(bench: Bench, tmp_path: Path) -> None:
    named = {CREDENTIALS_FILE: "/nowhere/credentials"}
    for source in (at_home(bench, tmp_path, **named), ProfileSource(bench.reach, "/nowhere/credentials")):
        refusal = bench.refusal(source, ConfigurationError)
        assert refusal == "The profile file /nowhere/credentials does not exist; correct its path."


def test_no_home(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_: type[Path]) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", classmethod(nobody))
    refusal = bench.refusal(ProfileSource(bench.reach, environ={}), NotConfigured)
    assert refusal == "There is no home directory to look for ~/.huaweicloud/credentials in; set HOME."


SHOWN = "~/.huaweicloud/credentials"


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        ("[basic]\n", f"The section [basic] of {SHOWN} lacks ak and sk; it must hold ak and sk, or idp_id and"),
        (f"[basic]\nak = {AK}\n", f"The section [basic] of {SHOWN} lacks sk;"),
        (f"[basic]\nsk = {SK}\nak =\n", f"The section [basic] of {SHOWN} lacks ak;"),
        (f"[basic]\nidp_id = {SK}\n{GLOBAL}", f"The section [basic] of {SHOWN} lacks ak and sk;"),
        (f"{BASIC}security_token = a b\n", f"The field security_token in section [basic] of {SHOWN} is empty or holds"),
        (BASIC.replace(SK, f"{SK}\n more"), f"The field sk in section [basic] of {SHOWN} is empty or holds blanks"),
        (f"ak = {AK}\nsk = {SK}\n", f"The profile file {SHOWN} is no INI file, line 1; correct it."),
        (f"{BASIC}{SK}\n", f"The profile file {SHOWN} is no INI file, line 4; correct it."),
        (f"{BASIC}{BASIC}", f"The profile file {SHOWN} is no INI file, line 4; correct it."),
        (f"{BASIC}sk = {SK}\n", f"The profile file {SHOWN} is no INI file, line 4; correct it."),
    ],
)
def test_what_is_wrong_with_it(bench: Bench, home: Path, file: Path, content: str, refusal: str) -> None:
    file.write_text(content)
    assert bench.refusal(at_home(bench, home), ConfigurationError).startswith(refusal)


def test_sections_that_are_not_there(bench: Bench, home: Path, file: Path) -> None:
    file.write_text("[other]\nak = a\n")
    refusal = bench.refusal(at_home(bench, home), NotConfigured)
    assert refusal == f"The profile file {SHOWN} has neither a section [basic] nor a section [global]."
    refusal = bench.refusal(at_home(bench, home, "basic"), ConfigurationError)
    assert refusal == f"The profile file {SHOWN} has no section [basic]."


def test_a_file_that_cannot_be_read(bench: Bench, home: Path, file: Path) -> None:
    file.write_bytes(b"[basic]\nak = \xff\xfe")
    assert bench.refusal(at_home(bench, home), ConfigurationError) == f"The profile file {SHOWN} is no UTF-8 text."
    file.unlink()
    file.mkdir()
    refusal = bench.refusal(at_home(bench, home), ConfigurationError)
    assert refusal == f"The profile file {SHOWN} cannot be read (Is a directory)."
    refusal = bench.refusal(ProfileSource(bench.reach, "a\0b"), ConfigurationError)
    assert refusal == "The profile file a b cannot be read (no file has such a name)."


def test_a_token_file_that_is_not_there_is_not_passed_over(bench: Bench, home: Path, file: Path) -> None:
    file.write_text(f"{BASIC}idp_id = i\nid_token_file = /nowhere\n")
    refusal = bench.refusal(at_home(bench, home), ConfigurationError)
    assert refusal == "The ID token file /nowhere cannot be read (No such file or directory)."
