"""Who may do what: keys, and what each setting opens to whom."""
