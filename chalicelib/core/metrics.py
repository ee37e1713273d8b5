"""Metrics in CloudWatch's embedded format: they are lines of the log, so they cost no request."""

from chalicelib.core.settings import settings

NAMESPACE = "Holdfast"


def count(name: str, value: int) -> None:
    """Report `value` occurrences of `name`, with the service and the stage as dimensions."""
    from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

    metrics = EphemeralMetrics(namespace=NAMESPACE, service="holdfast")
    metrics.add_dimension(name="stage", value=settings().stage)
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
    metrics.flush_metrics()
