"""Sensors of Alibaba Cloud as a whole."""
