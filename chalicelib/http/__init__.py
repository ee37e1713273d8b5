"""The HTTP edge: routes, requests, problems, idempotency, cursors and the OpenAPI description."""
