"""A one-node Ceph with its S3 gateway on loopback, for as long as a command runs.

`python -m infra.ceph COMMAND…`; the command finds the node by its environment: CEPH_URL, CEPH_TLS_URL,
CEPH_CA_BUNDLE, CEPH_ACCESS_KEY and CEPH_SECRET_KEY.
"""
