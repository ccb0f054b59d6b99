"""Run a DAG through a real Airflow that exists only for the run.

``python -m airflow_provider_cloudflows.demo`` starts the sandbox and a throw-away Airflow, runs a DAG through
them and shows what it made. Everything here drives Airflow from outside, as processes and over its REST API:
nothing imports Airflow, the provider's operators or the sandbox.
"""
