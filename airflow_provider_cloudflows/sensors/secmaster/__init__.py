"""Sensors of SecMaster."""
