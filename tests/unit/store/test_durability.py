"""Which commits to Postgres wait for the disk, as far as it needs no server."""

from __future__ import annotations

from userstatus.store import durability


def test_a_durable_transaction_waits_for_the_disk_and_another_one_does_not() -> None:
    durable, other = (str(durability.statement(durable)) for durable in (True, False))
    assert "set_config('synchronous_commit', CASE" in durable
    assert "THEN 'remote_apply' ELSE 'on' END, true)" in durable, "until the end of the transaction"
    assert other == "SET LOCAL synchronous_commit TO OFF"
