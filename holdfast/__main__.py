"""`python -m holdfast`: the program, where it is not on the PATH."""

from holdfast.cli.main import main

main()
