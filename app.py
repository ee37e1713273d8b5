"""Holdfast's table of contents: what Lambda serves, one line each."""

from chalice.app import Chalice

from chalicelib.core.http import capture
from chalicelib.operations import routes as operations
from chalicelib.operations import workers as operation_workers
from chalicelib.packages import routes as packages
from chalicelib.packages.files import routes as files
from chalicelib.packages.manifests import routes as manifests
from chalicelib.packages.manifests import workers as manifest_workers
from chalicelib.packages.uploads import routes as uploads
from chalicelib.storage import routes as storage
from chalicelib.web import routes as web

app = Chalice(app_name="holdfast", configure_logs=False)
app.register_middleware(capture, event_type="http")
app.register_blueprint(web.bp)
app.register_blueprint(storage.bp)
app.register_blueprint(packages.bp)
app.register_blueprint(uploads.bp)
app.register_blueprint(files.bp)
app.register_blueprint(manifests.bp)
app.register_blueprint(manifest_workers.bp)
app.register_blueprint(operations.bp)
app.register_blueprint(operation_workers.bp)
