"""The contract: requests, answers, enums, error codes and path rules. It is pure pydantic.

The service and the client import the contract. The contract imports neither of them. It is vendored
into the Lambda package. Each noun has one file, with the requests and the answers of its URLs.
"""
