"""A one-node Ceph with its S3 gateway on loopback, for as long as a command runs.

`python -m infra.ceph COMMAND…` starts the node, runs the command, and stops the node. The environment of the
command says how to reach the node: CEPH_URL, CEPH_TLS_URL, CEPH_CA_BUNDLE, CEPH_ACCESS_KEY and
CEPH_SECRET_KEY.
"""
