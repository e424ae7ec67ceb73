"""`python -m gateway` is `watling`, for whoever has the interpreter but not the script's folder."""

from gateway.cli import main

main()
