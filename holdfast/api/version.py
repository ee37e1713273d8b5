"""The version of service and client, which are released together."""

VERSION = "0.1.0"
