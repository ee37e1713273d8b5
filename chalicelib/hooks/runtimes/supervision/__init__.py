"""The supervisor of one confined process: a program of its own, between the service and hostile code.

Runs alone, on the standard library and what else is in its own packages (`walls`, `descendants`), with
a clean environment, so that there is nothing in it to steal. Its order is a JSON object on stdin. It
says on a file descriptor, a JSON object a line, how far the process is isolated, then how it ended;
then it ends all that is left.
"""
