"""The fuzzer: thousands of odd requests, frames and packets against the real process.

A poster and viewers that behave well run beside it and must not notice. `make fuzz`, or
`python -m tests.fuzz 5000 7`: the number of requests, and the seed.
"""
