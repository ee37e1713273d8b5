"""What a worker holds while it works: the claim of a run, with its fence and lease.

A claim is taken in one conditional write, without a read when the message carries the record. The
work calls `checkpoint` as it goes; that renews the lease when due, reports progress, and stops the
work by raising when it was cancelled, lost to another claim, or out of time.
"""
