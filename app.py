"""Holdfast's table of contents: what Lambda serves, a line for each part of the tree."""

import gc

gc.disable()  # importing makes hardly any garbage, and looking for it is a fifth of a cold start

from chalice.app import Chalice

from chalicelib.conventions import routes as conventions
from chalicelib.core.http import capture
from chalicelib.hooks import routes as hooks
from chalicelib.hooks.bundles import routes as bundles
from chalicelib.hooks.deployments import routes as deployments
from chalicelib.hooks.executions import workers as execution_workers
from chalicelib.hooks.features import routes as features
from chalicelib.hooks.impact import routes as impact
from chalicelib.hooks.releases import routes as releases
from chalicelib.hooks.runs import routes as hook_runs
from chalicelib.members import routes as members
from chalicelib.operations import routes as operations
from chalicelib.operations.notifications import routes as notifications
from chalicelib.operations.reconciliation import routes as reconciliation
from chalicelib.operations.reconciliation import workers as reconciliation_workers
from chalicelib.operations.runs import workers as run_workers
from chalicelib.packages import routes as packages
from chalicelib.packages.disposals import routes as disposals
from chalicelib.packages.files import routes as files
from chalicelib.packages.integrity import routes as integrity
from chalicelib.packages.manifests import routes as manifests
from chalicelib.packages.retention import routes as package_retention
from chalicelib.packages.sweeps import routes as sweeps
from chalicelib.packages.sweeps import workers as sweep_workers
from chalicelib.packages.uploads import routes as uploads
from chalicelib.packages.verifications import routes as verifications
from chalicelib.packages.verifications import workers as package_workers
from chalicelib.retention import routes as retention
from chalicelib.storage import routes as storage
from chalicelib.storage.certificates import workers as certificates
from chalicelib.web import routes as web

app = Chalice(app_name="holdfast", configure_logs=False)
app.register_middleware(capture, event_type="http")

EDGE = (web, storage, certificates, members)
PACKAGES = (packages, uploads, files, manifests, verifications, package_workers)
KEEPING = (retention, package_retention, disposals, sweeps, integrity, sweep_workers)
CONVENTIONS = (conventions, hooks, bundles, releases, deployments)
HOOK_RUNS = (hook_runs, features, impact, execution_workers)
OPERATIONS = (operations, notifications, reconciliation, reconciliation_workers, run_workers)
for part in (*EDGE, *PACKAGES, *KEEPING, *CONVENTIONS, *HOOK_RUNS, *OPERATIONS):
    app.register_blueprint(part.bp)

gc.freeze()  # what was imported stays, so no later search has to go through it
gc.enable()
