"""Hooks: an Airflow connection becomes an authenticated client, nothing else."""
