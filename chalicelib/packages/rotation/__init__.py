"""The rotation: when each sealed package's bytes are to be read again, and which packages are alarms.

A package gets its *place* with its seal and loses it with the order to delete it, in the same
transactions. Each check of all of its files gives it a new one: its next turn, sooner when it is an
alarm. While a check is under way the place names it, so that whoever has the next turn goes on with it.
"""
