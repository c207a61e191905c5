"""Live delivery: from the end of the log to every viewer."""
