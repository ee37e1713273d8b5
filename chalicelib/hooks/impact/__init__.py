"""The blast radius of a release: what it made, and how to make it anew.

*Impact* lists a release's runs with their packages, features and row counts; totals come from the
index that lists them, bounded, and say whether they are complete. A *rerun* brings the packages that
a release ran on to a run of the release that is live when it starts, and touches no other. It goes on
page by page: each call queues a bounded number, and its cursor carries the live release, so moving the
pointer in between changes nothing. Sent again, it queues nothing twice: a package is left out while,
or once, a rerun of the same release is under way or came to an end there; one that failed is tried anew.
"""
