"""Metrics, written to the log in CloudWatch's embedded format: no request, no cost until it is read."""

from chalicelib.core.settings import settings

NAMESPACE = "Holdfast"


def count(name: str, value: int) -> None:
    """Report `value` occurrences of `name`, by service and stage."""
    from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

    metrics = EphemeralMetrics(namespace=NAMESPACE, service="holdfast")
    metrics.add_dimension(name="stage", value=settings().stage)
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
    metrics.flush_metrics()
