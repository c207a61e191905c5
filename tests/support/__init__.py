"""What tests and benchmarks share: the service as a process, one client of each kind, databases."""
