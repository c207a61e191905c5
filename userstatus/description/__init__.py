"""The API described for programs and people, made of the constants that the service itself uses."""
