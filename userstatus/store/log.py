"""The log of one stage: the parts that store, read and maintain it."""

from __future__ import annotations

from userstatus.settings import PROD, Settings
from userstatus.store.expiry import Expiry
from userstatus.store.health import Health
from userstatus.store.journal import Journal
from userstatus.store.reader import Reader
from userstatus.store.retention import Retention
from userstatus.store.stages import open_database


class Log:
    """All parts that work on a stage's database. Nothing is opened or started yet.

    Raises StartError if DATABASE_URL is invalid.
    """

    def __init__(self, settings: Settings, stage: str):
        self.database = open_database(settings.database_url, stage)
        # The keys are the same for all stages: they are in prod's database.
        self.keys_database = self.database if stage == PROD else open_database(settings.database_url, PROD)
        self.expiry = Expiry(settings.message_ttl)
        self.reader = Reader(self.database, self.expiry)
        self.journal = Journal(self.reader)
        self.health = Health(self.journal)
        self.retention = Retention(self.database, self.expiry, settings.purge_interval)
