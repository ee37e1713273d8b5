"""The embedded stack: the real service on one machine, on loopback, with no home-made cloud.

`engine` runs ministack as a child process; `resources` creates from `infra/resources.json` what
deploys; `gateway` and `server` serve the app; `pollers` drive queues and schedules; `run` ties them
together for `make run`, and `stack` starts that as a child process for whoever wants one.
"""
