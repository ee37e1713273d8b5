"""Run hostile code as a confined process that can take nothing except what it is given.

Two programs work together. The *service* is our worker. The *supervisor* is a process of its own; the
service starts one for each run, and the supervisor starts the hostile code.

The supervisor uses what the platform allows. With namespaces, the code has no capability outside of its
own user namespace, no process that outlives it, no network, and no file to write except its own folders.
Some platforms, such as AWS Lambda, allow no namespaces. There, these still hold: limits of memory,
processor time, file size, open files and processes; a clean environment; seccomp; Landlock where the
kernel has it. The supervisor finds every process that the code starts, and ends it. The memory and the
environment of the service are closed to the code.

The service keeps only the end of each output stream. It watches the size of the output and the clock,
and ends the code when a limit is broken.

See docs/security/sandbox.md.
"""
