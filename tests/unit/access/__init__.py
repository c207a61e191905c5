"""The log on disk: statements as values, and plain SQLite files."""
