"""Operators: one for each resource, named after the vendor's operation."""
