"""From the end of the log to every viewer."""
