"""`python -m holdfast.cli`: the program, where it is not on the PATH."""

from holdfast.cli.main import main

main()
