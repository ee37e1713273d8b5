"""What every domain stands on, and nothing that belongs to one of them.

`errors` are plain facts without HTTP; `http` turns them into problem+json at the edge. `table` is
the single DynamoDB table: items, transactions whose cancellation is read by position, and pages
with signed cursors. `clock` and `ids` are the only sources of time and identity, so that a test
controls both; `settings` is the only reader of the environment.
"""
