"""The embedded stack: the real service on one machine, on loopback, with no home-made cloud.

`engine` runs ministack as a child process; `resources` creates from `infra/resources.json` what
deploys; `server` serves the app; `pollers` drive the queues and schedules; `stack` ties them.
"""
