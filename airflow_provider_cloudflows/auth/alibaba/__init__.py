"""The ways to obtain a credential for Alibaba Cloud: one module each."""
