"""The contract: requests, answers, enums, error codes and path rules; pure pydantic.

The service and the client import it, and it imports neither. It is vendored into the Lambda
package. One file a noun; what a URL takes and answers is in the file of its noun.
"""
