"""Ways from A to B: every one worth a look, what each takes, and why one beats another.

Question: which ways are there for this cargo on this day, how long, how surely, how much, how clean?
In and out: an `Atlas` (the tables of a store) and a `Request` in; an `Answer` out, which prints itself.
Method: `finder` searches the frozen overlay exactly by four criteria at once, `option` gives each way
its figures, `answer` puts them into words and plain data, `many` asks many questions in one call, `ground`
searches every base line from any point.
Limits: terminal to terminal: the stay at the first and last place is not counted, and the answer says so.
"""

from __future__ import annotations

from daliz.routing.answer import Answer
from daliz.routing.ask import route
from daliz.routing.atlas import Atlas
from daliz.routing.option import Option
from daliz.routing.request import Request

__all__ = ["Answer", "Atlas", "Option", "Request", "route"]
