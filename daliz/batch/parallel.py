"""Work spread over processes of one machine.

Question: how are the parts of a batch computed at once, and what happens when the reader stops it?
In and out: a `Question`, numbers of parts and a listener in; each part handed to the listener as it is ready.
Method: processes are started afresh (spawn: the same on Linux, macOS and Windows), each opens the store
once and is given one part at a time; with one process the work is done here. After Ctrl-C the parts under
way are finished and handed over, no further one is begun.
Limits: every process keeps the searches of one block of pairs in memory.
"""

from __future__ import annotations

import gc
import io
import signal
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TYPE_CHECKING

from daliz.batch.work import Worker
from daliz.schema import table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

    from daliz.batch.corridor import Lines
    from daliz.batch.work import Question
    from daliz.errors import Finding

    Chunk = tuple[int, int]
    Save = Callable[["Packed"], None]

__all__ = ["Packed", "computed", "settled", "spread"]


@dataclass(frozen=True)
class Packed:
    """A finished part: numbers of its scenario and block, its rows as Parquet, what was refused."""

    chunk: Chunk
    parquet: bytes
    findings: tuple[Finding, ...]


def computed(worker: Worker, chunk: Chunk) -> Packed:
    """One part, packed."""
    part = worker.part(*chunk)
    held = io.BytesIO()
    table("batch_results").frame(part.rows).write_parquet(held)
    return Packed(chunk, held.getvalue(), part.refusals)


def spread(jobs: int) -> Callable[[Question, Lines, list[Chunk], Save], None]:
    """A way to compute parts: in this process, or in `jobs` processes."""

    def here(question: Question, over: Lines, pending: list[Chunk], save: Save) -> None:
        worker = Worker(question, over)
        for chunk in pending:
            save(computed(worker, chunk))

    def processes(question: Question, over: Lines, pending: list[Chunk], save: Save) -> None:
        with ProcessPoolExecutor(
            jobs, mp_context=get_context("spawn"), initializer=_begin, initargs=(question, over)
        ) as pool:
            waiting: set[Future[Packed]] = set()
            try:
                for chunk in pending:
                    with _uninterrupted():
                        waiting.add(pool.submit(_compute, chunk))
                    # One part waits for each process, so that none stands idle and few are lost.
                    while len(waiting) >= 2 * jobs:
                        waiting = _handed_over(waiting, save)
                while waiting:
                    waiting = _handed_over(waiting, save)
            except BaseException:
                _end(waiting, save)
                raise

    return here if jobs == 1 else processes


def _handed_over(waiting: set[Future[Packed]], save: Save) -> set[Future[Packed]]:
    """Save what is ready, and say what is still waited for."""
    ready, rest = wait(waiting, return_when=FIRST_COMPLETED)
    for future in ready:
        save(future.result())
    return rest


def _end(waiting: set[Future[Packed]], save: Save) -> None:
    """Begin no further part, and save those under way."""
    under_way = [future for future in waiting if not future.cancel()]
    for future in wait(under_way).done:
        if future.exception() is None:
            save(future.result())


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Hold Ctrl-C back while a process is started, so that it never takes it; here it comes after."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_given: list[tuple[Question, Lines]] = []
_worker: list[Worker] = []


def _begin(question: Question, over: Lines) -> None:
    """Take the question in a fresh process, and leave Ctrl-C to the one that started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _given[:] = [(question, over)]


def _compute(chunk: Chunk) -> Packed:
    if not _worker:
        _worker.append(Worker(*_given[0]))
        settled()
    return computed(_worker[0], chunk)


def settled() -> None:
    """What is in memory now stays: the collector need not look through it again and again.

    A network is a hundred thousand objects; looking through that of today took a third of each scenario.
    """
    gc.collect()
    gc.freeze()
