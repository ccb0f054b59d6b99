"""The create protocol: never twice, never lost. It knows no product, no socket and no Airflow."""
