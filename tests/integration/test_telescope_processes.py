"""Programs that fork, use multiprocessing, handle signals and end: what they logged arrives, or waits."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support.service import Service, wait_until
from tests.support.spools import locked
from tests.support.telescopes import NOBODY, oldest_python, program, silent, texts
from userstatus import Poster
from userstatus.client.destination import Destination
from userstatus.client.file_lock import FileLock

FORKING = """
import logging, os, sys, threading, time, warnings
from userstatus import UserStatusHandler

warnings.simplefilter("ignore", DeprecationWarning)  # of a fork beside threads, from Python 3.12 on
log = logging.getLogger("dome")
log.setLevel(logging.INFO)
log.addHandler(UserStatusHandler(sys.argv[1], "tst", spool=sys.argv[2]))

def work(name):
    for number in range(50):
        log.info("%s-%d", name, number)

threads = [threading.Thread(target=work, args=(f"thread{number}",)) for number in range(2)]
for thread in threads:
    thread.start()
children = []
for number in range(4):
    child = os.fork()  # while others log
    if child == 0:
        time.sleep(number * 0.1)
        work(f"child{number}")
        os._exit(0)
    children.append(child)
    log.info("parent-%d", number)
for thread in threads:
    thread.join()
log.handlers[0].close()
for child in children:
    assert os.waitpid(child, 0)[1] == 0
"""
FORKED = {
    f"{name}-{n}" for name in ("thread0", "thread1", *(f"child{n}" for n in range(4))) for n in range(50)
}
FORKED |= {f"parent-{n}" for n in range(4)}

ORPHANS = """
import os, sys, time
from userstatus import Poster

with Poster(sys.argv[1], "tst", spool=sys.argv[2]) as poster:
    poster.send("parent-0")
    if os.fork() == 0:
        poster.send("child-0")
        open(sys.argv[2] + "/ready", "w").close()
        while os.path.exists(sys.argv[2] + "/ready"):
            time.sleep(0.01)
        poster.send("child-1")
        os._exit(0)
    while not os.path.exists(sys.argv[2] + "/ready"):
        time.sleep(0.01)
os.unlink(sys.argv[2] + "/ready")
os.wait()
"""

LOCKS = """
import os, sys, time
from pathlib import Path
from userstatus.client.file_lock import FileLock

lock, other = FileLock(Path(sys.argv[1])), FileLock(Path(sys.argv[1]))
assert lock.acquire()
ready, proceed = os.pipe()
parent = os.getpid()
if os.fork() == 0:
    os.write(proceed, b"x")
    os.close(proceed)
    while os.getppid() == parent:
        time.sleep(0.01)
    os._exit(0)
os.read(ready, 1)
assert not other.acquire()
lock.forget()  # as when this process is killed
assert other.acquire()
assert not lock.acquire()
other.release()
assert lock.acquire()
"""

MULTIPROCESSING = """
import logging, multiprocessing, sys, warnings
from userstatus import UserStatusHandler

warnings.simplefilter("ignore", DeprecationWarning)  # likewise

def prepare(url, spool):
    log = logging.getLogger("dome")
    log.setLevel(logging.INFO)
    log.handlers[:] = [UserStatusHandler(url, "tst", spool=spool)]

def work(name):
    logging.getLogger("dome").info("from %s", name)
    return name

if __name__ == "__main__":
    url, spool, method = sys.argv[1:]
    prepare(url, spool)
    context = multiprocessing.get_context(method)
    arguments = dict(initializer=prepare, initargs=(url, spool)) if method == "spawn" else {}
    with context.Pool(3, **arguments) as pool:
        pool.map(work, range(12), chunksize=1)
    work("parent")
"""

SIGNALS = """
import faulthandler, logging, random, signal, sys
from userstatus import UserStatusHandler

faulthandler.dump_traceback_later(40, exit=True)

log = logging.getLogger("dome")
log.setLevel(logging.INFO)
log.addHandler(UserStatusHandler(sys.argv[1], "tst", spool=sys.argv[2]))
seen = 0

def interrupted(*_):
    global seen
    seen += 1
    log.warning("signal-%d", seen)
    signal.setitimer(signal.ITIMER_REAL, random.uniform(0.0002, 0.003))

signal.signal(signal.SIGALRM, interrupted)
interrupted()
for number in range(2000):
    log.info("main-%d", number)
signal.setitimer(signal.ITIMER_REAL, 0)
log.info("%d signals", seen)
"""

SEVERAL = """
import logging, sys
from userstatus import UserStatusHandler

log = logging.getLogger("dome")
for number in range(8):
    log.addHandler(UserStatusHandler(sys.argv[1], f"tst{number}", spool=sys.argv[2]))
log.error("Closing the dome")
"""

SHORT = """
import sys
from userstatus import connect, send

send("Closing the dome", "info", url=sys.argv[1], site="tst")
"""


@pytest.fixture(params=["this Python", "Python 3.9"])
def python(request: pytest.FixtureRequest) -> str:
    """The Python that runs a telescope's program."""
    return sys.executable if request.param == "this Python" else oldest_python()


def waiting_in(spool: Path, url: str) -> list[str]:
    """What waits in the spool of a server that cannot be reached."""
    poster = Poster(url, "tst", spool=spool)
    found = [each.body for each in poster._disk.batch(0)]
    poster.close(0)
    return found


def test_a_program_that_forks_while_its_threads_log_loses_nothing(
    night: Service, tmp_path: Path, python: str
) -> None:
    said = program(FORKING, night.url, tmp_path / "spool", python=python)
    with Poster(night.url, "tst", spool=tmp_path / "spool") as poster:
        wait_until(lambda: poster.flush(5), "what waits is sent")
    assert said == ""
    arrived = texts(night)
    assert len(arrived) == len(FORKED)
    assert set(arrived) == FORKED


def test_what_a_forked_process_logs_after_its_parent_has_closed_the_spool_is_kept(
    tmp_path: Path, python: str
) -> None:
    assert "messages wait" in program(ORPHANS, NOBODY, tmp_path, python=python)
    bodies = waiting_in(tmp_path, NOBODY)
    assert [text for text in ("parent-0", "child-0", "child-1") if text in "".join(bodies)] == [
        "parent-0",
        "child-0",
        "child-1",
    ]


def test_a_forked_process_does_not_keep_the_lock_that_its_parent_gives_back(tmp_path: Path) -> None:
    assert program(LOCKS, tmp_path / "x.lock") == ""


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_what_processes_of_multiprocessing_log_arrives(night: Service, tmp_path: Path, method: str) -> None:
    file = tmp_path / "program.py"
    file.write_text(MULTIPROCESSING)
    run = "import runpy, sys; sys.argv[:] = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
    said = program(run, file, night.url, tmp_path / "spool", method)
    with Poster(night.url, "tst", spool=tmp_path / "spool") as poster:
        wait_until(lambda: poster.flush(5), "what waits is sent")
    assert said == ""
    assert sorted(texts(night)) == sorted(["from parent", *(f"from {number}" for number in range(12))])


def test_signal_handlers_may_log_whatever_they_interrupt(night: Service, tmp_path: Path, python: str) -> None:
    assert program(SIGNALS, night.url, tmp_path / "spool", python=python) == ""
    with Poster(night.url, "tst", spool=tmp_path / "spool") as poster:
        wait_until(lambda: poster.flush(5), "what waits is sent")
    arrived = texts(night)
    signals = [text for text in arrived if text.startswith("signal")]
    assert f"{len(signals)} signals" in arrived
    assert len(arrived) == len(set(arrived)) == 2001 + len(signals)
    assert len(signals) > 20


def test_the_last_message_of_a_short_program_arrives(service: Service, tmp_path: Path, python: str) -> None:
    assert program(SHORT, service.url, python=python, XDG_DATA_HOME=str(tmp_path)) == ""
    assert texts(service)[-1] == "Closing the dome"


def test_a_short_program_without_a_server_ends_at_once_and_its_message_waits(tmp_path: Path) -> None:
    said = program(SHORT, NOBODY, XDG_DATA_HOME=str(tmp_path))
    assert said.count("\n") == 1
    assert "cannot reach http://127.0.0.1:9" in said
    (body,) = waiting_in(tmp_path / "userstatus" / "spool", NOBODY)
    assert "Closing the dome" in body


def test_a_program_whose_server_never_answers_still_ends(tmp_path: Path) -> None:
    with silent() as url:
        program(SHORT, url, seconds=14, XDG_DATA_HOME=str(tmp_path))  # less than the timeout of a request
        (body,) = waiting_in(tmp_path / "userstatus" / "spool", url)
    assert "Closing the dome" in body


def test_a_program_with_many_handlers_waits_for_all_of_them_no_longer_than_for_one(tmp_path: Path) -> None:
    with silent() as url:
        program(SEVERAL, url, tmp_path, seconds=12)  # less than two for each
    assert len(list(tmp_path.glob("*.spool"))) == 8


def test_a_program_whose_spool_is_locked_by_another_still_ends(service: Service, tmp_path: Path) -> None:
    """What it put into memory is sent, although what another process has to send is still on disk."""
    spool = tmp_path / "userstatus" / "spool" / Destination.of(service.url, "tst").file_name
    program(SHORT, service.url, XDG_DATA_HOME=str(tmp_path))
    lock = FileLock(spool.with_name(f"{spool.name}.lock"))
    assert lock.acquire()
    with locked(spool):
        said = program(SHORT, service.url, seconds=12, XDG_DATA_HOME=str(tmp_path))
    lock.release()
    assert "database is locked" in said
    assert texts(service)[-2:] == ["Closing the dome"] * 2
