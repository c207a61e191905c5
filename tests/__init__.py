"""The tests mirror the rooms of the house; they use real servers, real databases and real clients."""
