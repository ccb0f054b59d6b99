"""The wire: one module per cloud service, each request a model that knows its operation and its answer."""
