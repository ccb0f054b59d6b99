"""The trigger: what waits for deferred tasks."""
