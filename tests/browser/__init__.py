"""The pages and the browsers' own clients, in Chromium."""
