"""Sensors of BPStudio."""
