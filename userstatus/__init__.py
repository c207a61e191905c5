"""userstatus: short messages of an observatory, seen at once by everyone who watches its site.

The rooms of the house, each importing only from floors below its own:

floor 0  settings, models, errors, green   the environment; the tables; refusals; the event loop
floor 1  database, wire                    engine and schema; what is sent and received
floor 2  journal, retention                the log: append, read, and forget
floor 3  follower, realtime                the log's tail, delivered to every viewer
floor 4  api                               the HTTP endpoints
floor 5  factory, server                   put together, and run
"""
