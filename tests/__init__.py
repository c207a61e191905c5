"""Unit tests mirror the package; the others use real servers, real databases and real clients."""
