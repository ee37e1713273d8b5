"""What Chalice cannot say: the table, bucket and queues, packaging, and the embedded stack."""
