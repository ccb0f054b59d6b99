"""Fixtures of the sandbox's own tests: the official SDKs, imported once because that takes a second."""

from __future__ import annotations

import os
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.sandbox.world import AccessKey

from .fixtures import sandbox

__all__ = ["sandbox"]

Connect = Callable[..., Any]

SDK_FIXTURES = ("huawei_modules", "alibaba_modules", "dataworks_2024_modules")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let one worker run all tests with an SDK: importing each of the two clouds' takes seconds of processor time."""
    for item in items:
        wanted = [name for name in SDK_FIXTURES if name in getattr(item, "fixturenames", ())]
        if wanted:
            cloud = "huawei" if "huawei_modules" in wanted else "alibaba"
            item.add_marker(pytest.mark.xdist_group(f"{cloud} sdk"))


@pytest.fixture(scope="session")
def huawei_modules(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """The Huawei SDK writes a random id into the home directory when imported: give it another home."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        import huaweicloudsdkdataartsfabric.v1 as fabric
        import huaweicloudsdkiam.v3 as iam
        import huaweicloudsdksecmaster.v1 as secmaster
        import huaweicloudsdksts.v1 as sts
        from huaweicloudsdkcore.auth import internal, provider
        from huaweicloudsdkcore.auth.credentials import BasicCredentials, GlobalCredentials
        from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

    return SimpleNamespace(
        secmaster=secmaster,
        fabric=fabric,
        iam=iam,
        sts=sts,
        accessors=internal,
        providers=provider,
        Basic=BasicCredentials,
        Global=GlobalCredentials,
        Refused=ClientRequestException,
    )


@pytest.fixture(scope="session")
def alibaba_modules() -> SimpleNamespace:
    from alibabacloud_bpstudio20210931 import models as bpstudio_models
    from alibabacloud_bpstudio20210931.client import Client as BPStudio
    from alibabacloud_dataworks_public20200518 import models as dataworks_models
    from alibabacloud_dataworks_public20200518.client import Client as DataWorks
    from alibabacloud_sts20150401 import models as sts_models
    from alibabacloud_sts20150401.client import Client as Sts
    from alibabacloud_tea_openapi.exceptions import ClientException
    from alibabacloud_tea_openapi.utils_models import Config

    return SimpleNamespace(
        DataWorks=DataWorks,
        dataworks=dataworks_models,
        BPStudio=BPStudio,
        bpstudio=bpstudio_models,
        Sts=Sts,
        sts=sts_models,
        Config=Config,
        Refused=ClientException,
    )


@pytest.fixture(scope="session")
def dataworks_2024_modules() -> SimpleNamespace:
    """Apart from the others: it is the largest of them."""
    from alibabacloud_dataworks_public20240518 import models
    from alibabacloud_dataworks_public20240518.client import Client

    return SimpleNamespace(Client=Client, models=models)


@pytest.fixture
def alibaba_client(sandbox: Running, alibaba_modules: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Connect:
    """Makes a client of the official SDK: ``alibaba_client(sdk.DataWorks, key)``."""
    # For each call the SDK reads all certificates that the machine trusts, also where none is wanted.
    monkeypatch.setenv("SSL_CERT_FILE", os.devnull)

    def connect(client: Any, key: AccessKey = world.ALIBABA_KEY) -> Any:
        config = alibaba_modules.Config(
            access_key_id=key.id,
            access_key_secret=key.secret,
            security_token=key.security_token,
            endpoint=sandbox.url.removeprefix("http://"),
            protocol="http",
            region_id=world.ALIBABA_REGION,
        )
        return client(config)

    return connect


@pytest.fixture
def huawei_client(sandbox: Running, huawei_modules: SimpleNamespace) -> Connect:
    """Makes a client of the official SDK: ``huawei_client(sdk.secmaster.SecMasterClient, key)``."""

    def connect(client: Any, key: AccessKey = world.HUAWEI_KEY) -> Any:
        if client.__name__ == "IamClient":
            credentials = huawei_modules.Global(key.id, key.secret, world.HUAWEI_DOMAIN_ID)
        else:
            credentials = huawei_modules.Basic(key.id, key.secret, world.HUAWEI_PROJECT_ID)
        if key.security_token:
            credentials = credentials.with_security_token(key.security_token)
        builder = client.new_builder().with_credentials(credentials)
        return builder.with_endpoints([sandbox.url]).build()

    return connect
