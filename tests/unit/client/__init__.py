"""The telescope's side, without a server: what is kept, what is sent next, what answers mean."""
