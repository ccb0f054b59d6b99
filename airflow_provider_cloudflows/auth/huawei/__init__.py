"""The ways to obtain a credential for Huawei Cloud: one module each."""
