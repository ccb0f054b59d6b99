"""Waiting for what goes on in a cloud: how often to look, what a look says, and one look for many waits."""
