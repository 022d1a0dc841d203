"""Work spread over Spark, for more than one machine.

Question: how are the parts of a batch computed on a cluster, with the same rows as on one machine?
In and out: a Spark session of the caller; parts in any order out, as from `parallel`.
Method: numbers of parts are handed out in waves, so that finished ones are saved as it goes; a Python
process of an executor opens the store once and computes parts as a process of one machine does.
Limits: Daliz and the store must lie at the same path on every machine; a wave ends with its slowest part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from daliz.batch.parallel import computed, settled
from daliz.batch.work import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from daliz.batch.corridor import Lines
    from daliz.batch.parallel import Chunk, Packed, Save
    from daliz.batch.work import Question

__all__ = ["over_spark"]

_WAVE = 4
"""Parts of a wave for each core."""


def over_spark(session: Any) -> Callable[[Question, Lines, list[Chunk], Save], None]:
    """A way to compute parts on the executors of a Spark session, which is not stopped here."""

    def executors(question: Question, over: Lines, pending: list[Chunk], save: Save) -> None:
        context = session.sparkContext
        given = context.broadcast((question, over))

        def part_of(chunks: Iterable[Chunk]) -> Iterator[Packed]:
            worker = Worker(*given.value)
            settled()
            return (computed(worker, chunk) for chunk in chunks)

        cores = int(context.defaultParallelism)
        for first in range(0, len(pending), _WAVE * cores):
            wave = pending[first : first + _WAVE * cores]
            for packed in context.parallelize(wave, min(cores, len(wave))).mapPartitions(part_of).collect():
                save(packed)

    return executors
