"""Shared by tests and benchmarks: the service as a process, one client of each kind, and databases."""
