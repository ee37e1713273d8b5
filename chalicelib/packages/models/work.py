"""What is answered when work is queued; pure."""

from chalicelib.core.schema import Entity


class Queued(Entity):
    """A worker does it: follow GET /operations/{operation_id}."""

    operation_id: str
    package_id: str
