"""userstatus: short status messages from an observatory, shown at once to everyone who watches its site."""

__version__ = "0.2.0"
