"""The project's own benchmarks: `make bench`. README.md says how to read them."""
