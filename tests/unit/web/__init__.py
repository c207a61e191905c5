"""HTTP, as far as one module goes."""
