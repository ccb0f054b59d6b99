"""Speed and size, measured beside the official SDKs in the same run: ``python -m tests.benchmarks``."""
