"""Sensors of Huawei Cloud as a whole."""
