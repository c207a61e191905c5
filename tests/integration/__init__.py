"""The real service as a process, and its parts on real databases."""
