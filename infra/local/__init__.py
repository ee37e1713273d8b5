"""The embedded stack: the real service on one machine, on loopback.

`engine` runs ministack as a child process. `resources` creates the table, the queues and the bucket in it,
from the same `infra/resources.json` that is deployed. `gateway` and `server` serve the app. `pollers` run
the functions of queues and schedules. `run` starts all of these for `make run`. `stack` starts `run` as a
child process, for tests, the demo and benchmarks.
"""
