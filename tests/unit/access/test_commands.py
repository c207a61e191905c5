"""The commands on keys say what they did, and what is wrong with what they were given."""

from __future__ import annotations

import re
from typing import Any, cast

import pytest

from tests.support.doors import KnownKeys, key
from userstatus.access import commands
from userstatus.access.secret import fingerprint
from userstatus.errors import StartError
from userstatus.store.keys import Key, KeyExists


class Stored(KnownKeys):
    """Keys that can be changed."""

    def add(self, made: Key) -> None:
        if any(each.name == made.name for each in self.keys):
            raise KeyExists(made.name)
        self.keys.append(made)

    def revoke(self, name: str) -> bool:
        before = len(self.keys)
        self.keys = [each for each in self.keys if each.name != name]
        return len(self.keys) < before


def test_a_key_is_printed_alone_so_that_a_script_can_take_it(capsys: pytest.CaptureFixture[str]) -> None:
    stored = Stored()
    commands.add(cast(Any, stored), " dome-mrc1 ", "MRC1, mrc2", "post,read")
    printed, said = capsys.readouterr()
    assert re.fullmatch(r"us_\w{32}\n", printed)
    assert said == "The key dome-mrc1 may post,read for mrc1,mrc2. Shown this once:\n"
    (made,) = stored.keys
    assert (made.name, made.fingerprint) == ("dome-mrc1", fingerprint(printed.strip()))


def test_a_key_for_every_site_is_for_every_site_alone() -> None:
    stored = Stored()
    commands.add(cast(Any, stored), "all", "mrc1,*", "read")
    assert stored.keys[0].sites == {"*"}


@pytest.mark.parametrize(
    ("name", "sites", "may", "told"),
    [
        ("", "tst", "post", "NAME is ''"),
        ("a\tb", "tst", "post", "NAME is"),
        ("x" * 65, "tst", "post", "NAME is"),
        ("k", "not a site!", "post", "--site: site is"),
        ("k", "", "post", "--site: site is missing"),
        ("k", "tst", "write", "--may is 'write'"),
        ("k", "tst", "", "--may is ''"),
        ("there", "tst", "post", "there is a key there already"),
    ],
)
def test_what_cannot_be_made_is_told_with_the_remedy(name: str, sites: str, may: str, told: str) -> None:
    with pytest.raises(StartError, match=re.escape(told)):
        commands.add(cast(Any, Stored([key("tst", name="there")])), name, sites, may)


def test_keys_are_listed_without_their_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    keys = [key("tst", name="a"), key(may=["read"], name="long name")._replace(used_at=60.0)]
    commands.show(cast(Any, Stored(keys)))
    assert capsys.readouterr().out.splitlines() == [
        "NAME       SITES  MAY        CREATED (UTC)     LAST USED (UTC)",
        "a          tst    post,read  1970-01-01 00:00  never",
        "long name  *      read       1970-01-01 00:00  1970-01-01 00:01",
    ]


def test_that_there_are_no_keys_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    commands.show(cast(Any, Stored()))
    assert capsys.readouterr() == ("", "There are no keys.\n")


def test_a_key_is_revoked_by_its_name() -> None:
    stored = Stored([key("tst", name="a")])
    with pytest.raises(StartError, match="there is no key b"):
        commands.revoke(cast(Any, stored), "b")
    commands.revoke(cast(Any, stored), "a")
    assert stored.keys == []
