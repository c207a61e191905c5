"""userstatus: short messages of an observatory, seen at once by everyone who watches its site.

The rooms of the house; each imports only from the floors below its own (tests/test_house.py reads this):

floor 0  errors, models, cursor  refusals in one shape; tables and statements; how far a viewer has got
floor 1  settings, green, head, sqlite, wire, memory  the environment; the event loop; heads; messages
floor 2  database, parameters, cors, http, websocket  the database; what is asked; who may; connections
floor 3  reader, retention, lanes, bodies, engine  the log; ways to a viewer; what is posted; Socket.IO
floor 4  journal, follower, fanout, overview, gate  more of the log; its tail; viewers; sites; all requests
floor 5  viewers, shedding, health  who watches, resumes or waits; too many of them; whether all is well
floor 6  realtime, streams       Socket.IO; server-sent events and plain WebSockets
floor 7  api, pages              the HTTP endpoints; the pages people watch
floor 8  factory                 all of it put together
floor 9  server                  and run
"""
