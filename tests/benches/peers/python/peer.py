"""Python's queues as peers of the figures.

`peer.py QUEUE FOLDER as-shipped|full-sync`: the first line printed is what it is and what its own
connection reads back; then, for every number on standard input, so many times enqueue, claim and
finish, and the nanoseconds all of them took.
"""

import importlib.metadata
import json
import pathlib
import sqlite3
import sys
import time

BODY = "x" * 300
FULL = "PRAGMA synchronous = FULL"


def persist_queue(folder, full):
    from persistqueue import SQLiteAckQueue

    queue = SQLiteAckQueue(str(folder), multithreading=True)
    if full:
        queue._putter.execute(FULL)

    def once():
        queue.put(BODY)
        claimed = queue.get(block=False, raw=True)
        queue.ack(id=claimed["pqid"])

    return queue._putter, once


def litequeue(folder, full):
    from litequeue import LiteQueue

    queue = LiteQueue(str(folder / "litequeue.db"))
    if full:
        queue.conn.execute(FULL)

    def once():
        queue.put(BODY)
        queue.done(queue.pop().message_id)

    return queue.conn, once


def huey(folder, full):
    """A claim removes the task; finishing it stores its result, as huey's own consumer does."""
    from huey import SqliteHuey

    settings = {"fsync": True} if full else {}
    queue = SqliteHuey(filename=str(folder / "huey.db"), **settings)

    @queue.task()
    def job(body):
        return len(body)

    def once():
        job(BODY)
        queue.execute(queue.dequeue())

    return queue.storage.conn, once


QUEUES = {"persist-queue": persist_queue, "litequeue": litequeue, "huey": huey}


def main():
    name, folder, manner = sys.argv[1:]
    connection, once = QUEUES[name](pathlib.Path(folder), manner == "full-sync")
    read = lambda pragma: connection.execute(f"PRAGMA {pragma}").fetchone()[0]
    facts = {
        "version": importlib.metadata.version(name),
        "sqlite": sqlite3.sqlite_version,
        "journal_mode": read("journal_mode"),
        "synchronous": read("synchronous"),
    }
    print(json.dumps(facts), flush=True)
    for line in sys.stdin:
        began = time.perf_counter_ns()
        for _ in range(int(line)):
            once()
        print(time.perf_counter_ns() - began, flush=True)


main()
