"""The command line: a module for each command, and what several of them need.

Commands for telescopes and shells need the standard library alone, for Python 3.9 and newer. The modules of
commands import little at the top: `serve` has to prepare the standard library before anything uses it.
"""
