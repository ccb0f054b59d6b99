"""Credentials and signatures: one module for each way to obtain a credential and one for each signature."""
