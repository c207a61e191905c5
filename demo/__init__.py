"""A made-up night at six sites, to look at: `make demo`."""
