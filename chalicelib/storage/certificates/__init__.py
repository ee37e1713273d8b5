"""What the store really enforces: found out by attacking a canary, dated, signed and kept.

A *canary* is a few small objects in a folder of their own below the probe folder; nothing else is touched.
Each *claim* is attacked by itself and gets a *verdict*: `yes` (the store refused the attack), `no` (it did
not), `not_applicable` (there is nothing to attack here, or it is switched off), `not_checked` (the attack
could not be carried out). Only what was proven is claimed. A *gap* is a claim that Holdfast relies on, as it
is configured, and that was not proven; a store may well enforce less where nothing relies on it.

A certificate is written once and never changed. It belongs to one configuration of one store, known by a
*fingerprint* without any secret, and its signature covers every field. It is `current` until it is two
days old or the configuration is another one (`outdated`); one whose signature does not fit is `altered`.
"""
