"""The machinery of a call, without any product: requests, answers, pages, resources, signing and repeating."""
