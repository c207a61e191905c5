"""The pages and the browsers' own clients, tested in Chromium."""
