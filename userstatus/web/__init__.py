"""HTTP: endpoints, access, and responses."""
