"""Holdfast's table of contents: the domains that Lambda serves, one line each.

A function of the deployment serves the domains that its setting `HOLDFAST_SERVES` names, and imports
no other one (infra/groups.py says which function serves which). Where each domain's blueprints are is
in chalicelib/wiring.py.
"""

import gc

gc.disable()  # importing makes hardly any garbage, and looking for it is a fifth of a cold start

from functools import partial

from chalice.app import Chalice

from chalicelib.core.settings import serves
from chalicelib.http.routes import capture
from chalicelib.wiring import serve

app = Chalice(app_name="holdfast", configure_logs=False)
app.register_middleware(capture, event_type="http")

register = partial(serve, app, serves=serves())

register("web")  # health, the OpenAPI description, the error catalogue, the store's certificate
register("storage")  # signed URLs of the filesystem adapter
register("members")  # who belongs to a workspace
register("packages")  # evidence: uploads, manifests, retention, deletion, integrity
register("retention")  # the classes and the policy of a workspace
register("conventions")  # what packages must be
register("hooks")  # code that runs on packages: releases, runs, features
register("operations")  # queued work: its state, its ends, its notifications

gc.freeze()  # what was imported stays, so no later search has to go through it
gc.enable()
