"""Sensors of DataWorks."""
