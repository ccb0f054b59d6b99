"""A local stand-in for the Alibaba Cloud and Huawei Cloud services this provider speaks to.

``python -m airflow_provider_cloudflows.sandbox`` starts it. It is written from the published
documentation with its own code and raw wire names, and imports nothing from the rest of the package: a
mistake of the client must not be repeated here, where it would go unnoticed.

It is not a simulator of permissions, billing, or of any operation beyond the listed ones.
"""
