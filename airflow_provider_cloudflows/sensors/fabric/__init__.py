"""Sensors of DataArts Fabric."""
