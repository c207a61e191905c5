"""The fuzzer: odd requests, frames and packets by the thousand against the real process, beside a poster
and viewers that behave well and must not notice any of it. `make fuzz`, or `python -m tests.fuzz 5000 7`:
how many requests, and the seed.
"""
