"""Import a log and die at the k-th step: run by test_take, which counts what is left.

The steps are the batches read, the files flushed to the disk, and the renaming of the finished import.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from daliz.freeze import TABLES
from daliz.intake import take
from daliz.io import sheets as _sheets  # noqa: F401 - its reader is made to take small batches
from daliz.store import Store
from daliz.store.events import EventStore


def main(events: str, log: str, store: str, fatal: int) -> None:
    """Import `log`; SIGKILL at step `fatal`, never when it is 0."""
    steps = 0

    def step(*_: object) -> None:
        nonlocal steps
        steps += 1
        if steps == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.modules["daliz.io.sheets.reading"].BATCH_ROWS = 40  # type: ignore[attr-defined]
    flush, rename = os.fsync, Path.rename
    os.fsync = lambda number: (step(), flush(number))[1]
    Path.rename = lambda path, target: (step(), rename(path, target))[1]  # type: ignore[assignment,method-assign]
    take(EventStore(Path(events)), Store(Path(store)).frames(TABLES), Path(log), progress=step)
    sys.stdout.write(str(steps))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
