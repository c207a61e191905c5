"""What one module does by itself: no process, no browser, no network but a socket pair."""
