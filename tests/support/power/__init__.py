"""Records what a process does to its files, and says what a power cut may leave of them."""
