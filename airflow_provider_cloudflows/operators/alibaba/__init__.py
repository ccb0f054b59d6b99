"""Alibaba Cloud as a whole of Huawei Cloud."""
