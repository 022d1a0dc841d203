"""Parameters that many endpoints take, described once.

Question: in which words may a page ask?
In and out: annotated types for FastAPI.
Method: one name each, so that the description of the interface says the same everywhere.
Limits: parameters of the query only.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from fastapi import Query

__all__ = ["Day", "Lang", "Word"]

Lang = Annotated[Literal["kk", "ru", "en"], Query(description="Language of names and messages")]
Day = Annotated[dt.date | None, Query(description="Day of the judgement; today when it is not given")]
Word = Annotated[str, Query(max_length=100)]
