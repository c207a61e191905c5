"""userstatus: short messages of an observatory, seen at once by everyone who watches its site."""

__version__ = "0.2.0"
