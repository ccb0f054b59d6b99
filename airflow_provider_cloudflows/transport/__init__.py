"""Everything that knows about bytes on a socket; nothing here knows a cloud, a credential or Airflow."""
