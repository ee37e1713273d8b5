"""`python -m holdfast` runs the program when it is not on the PATH."""

from holdfast.cli.main import main

main()
