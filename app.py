"""Holdfast's table of contents: what Lambda serves, a line for each domain."""

import gc

gc.disable()  # importing makes hardly any garbage, and looking for it is a fifth of a cold start

from chalice.app import Chalice

from chalicelib.conventions import routes as conventions
from chalicelib.hooks import routes as hooks
from chalicelib.hooks import workers as hook_workers
from chalicelib.http.routes import capture
from chalicelib.members import routes as members
from chalicelib.operations import routes as operations
from chalicelib.operations import workers as operation_workers
from chalicelib.packages import routes as packages
from chalicelib.packages import workers as package_workers
from chalicelib.retention import routes as retention
from chalicelib.storage import routes as storage
from chalicelib.storage import workers as storage_workers
from chalicelib.web import routes

app = Chalice(app_name="holdfast", configure_logs=False)
app.register_middleware(capture, event_type="http")

app.register_blueprint(routes.bp)
app.register_blueprint(storage.bp)
app.register_blueprint(storage_workers.bp)
app.register_blueprint(members.bp)
app.register_blueprint(packages.bp)
app.register_blueprint(package_workers.bp)
app.register_blueprint(retention.bp)
app.register_blueprint(conventions.bp)
app.register_blueprint(hooks.bp)
app.register_blueprint(hook_workers.bp)
app.register_blueprint(operations.bp)
app.register_blueprint(operation_workers.bp)

gc.freeze()  # what was imported stays, so no later search has to go through it
gc.enable()
