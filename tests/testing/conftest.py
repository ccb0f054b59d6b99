"""The example is a project of a user's own: its tests run in an environment of their own."""

collect_ignore = ["example_project"]
