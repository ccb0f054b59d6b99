"""What this provider adds to Airflow's command line."""
