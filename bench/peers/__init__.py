"""What `bench.compare` compares the service with: the least that one would write for the same task."""
