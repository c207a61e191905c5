"""Tests of the real service as a process, and of its parts on real databases."""
