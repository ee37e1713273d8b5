"""Which system calls a confined process is refused: a filter that the kernel holds, on every platform.

Where there are no namespaces, as on AWS Lambda, this is what keeps code from the network (and so from
the function's own control interface on loopback), and from the processes of the same user. Where
there are, it stands behind them.
"""
