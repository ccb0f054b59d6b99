"""Sensors: one module for each kind of thing that they wait for."""
