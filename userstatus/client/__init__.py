"""The telescope's side: messages are on disk before a call returns, and are sent in order from there.

Standard library only, for Python 3.9 and newer on Linux, macOS and Windows.
"""
