"""The log on disk: the only package that uses SQLAlchemy and psycopg."""
