"""What the service says about itself: health, the OpenAPI description, the catalogue of errors.

`health` answers without a token. Its *details* probe table, storage and queues, and show the latest
certificate, the last run of each sweep, and the integrity alarms that the reader may see.

Invariants: the whole is `degraded` when a part does not answer, when the certificate has a gap or was
altered, or while there is an alarm. This is the top layer: it may ask every domain, and no domain
imports it.

See docs/concepts/glossary.md.
"""
