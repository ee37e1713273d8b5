"""From a directory to a sealed package (docs/guides/ingest-from-ci.md).

A *walk* lists what is to be kept, in path order, and refuses what cannot be kept before anything is
created. Adapters *recognise* a producer's run and the reports of common tools, and turn them into
metadata; what they cannot use is a warning. A *run* then hashes, plans by 500 and sends; the next 500
are hashed and planned while the last are on their way. Every file is hashed once and sent once; small
ones wait in a bounded *buffer* in between, so they are read once. A file that changes on the way ends
the run.
"""
