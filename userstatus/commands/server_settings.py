"""The settings of the server, as the help of its commands explains them."""

from __future__ import annotations

SETTINGS = """\
Settings are environment variables, all of them optional; defaults are in parentheses:
  DATABASE_URL    sqlite:///FILE, relative to the current folder, or
                  postgresql://USER:PASSWORD@HOST/DATABASE (sqlite:///userstatus.db)
  STAGES          prod, or prod,dev with a second log below /dev (prod,dev)
  LOG_LEVEL       debug, info, warning, error or critical (info)
  LOG_FORMAT      text, or json for one JSON object a line (text)
"""

SERVER_SETTINGS = """\
  HOST            the address to listen on; 0.0.0.0 for all of them (127.0.0.1)
  PORT            the port to listen on (8080)
  MESSAGE_TTL     how long messages are kept: 90s, 15m, 24h, 7d (7d)
  PURGE_INTERVAL  how often expired messages are deleted (10m)
  VIEWER_BUFFER   how many bytes may wait for one viewer: 256k, 1m (1m)
  POSTING         open, or keys: posting needs a key for every site, not only for those
                  for which there is a key to post (open)
  READING         open, or keys: whatever shows messages needs a key (open)
  ALLOWED_HOSTS   the host names that are answered to, without ports, separated by
                  commas; .example.org for all that end with it (*)
  TRUSTED_PROXIES whose X-Forwarded-For is believed: loopback, private, none, or
                  addresses and networks, separated by commas (loopback)
  PROXY_HOPS      how many such proxies a request comes through (1)
  ADDRESS_LIMIT   how many messages are taken of one address, or off (60000/minute)
  SITE_LIMIT      how many messages are taken of one site, or off (60000/minute)
  WRONG_KEYS      how many wrong keys may come from one address, or off (30/minute)
  ADDRESS_VIEWERS how many viewers there may be of one address, or off (1000)
  MAX_VIEWERS     how many viewers there may be in all, or off (20000)
  CONFIG          the configuration file, which has to be there; without it,
                  userstatus.toml in the current folder, if there is one
  PUBLIC_URL      where people find the pages, such as https://status.example.org;
                  alerts link to them (none)
  CORS_ORIGINS    the origins of pages that may use the API and the streams, separated
                  by commas (*)
"""
