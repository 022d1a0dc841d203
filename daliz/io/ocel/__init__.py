"""OCEL 2.0, the format of events about several objects: JSON, XML and SQLite.

Question: how does a log whose events have many objects become rows with one shipment each, and back?
In and out: `read(path)` gives batches of raw rows; `write(rows, path)` takes rows of `events` and
chooses the form by the name: `.jsonocel`/`.json`, `.xmlocel`/`.xml` (both also `.gz`), `.sqlite`/`.db`.
Method: activity_text = event type, end = time, log_id = event id. The shipment is the first related
object of the *case type*: the type that most of the first 10,000 events are about (of equals, the one
declared first); an event without one is followed by its first object. With `case` in the mapping that
type is followed instead, and an event about several objects of it is a row for each of them. A mapping
column names an event attribute, or `object:<type>` for the first related object of that type.
Beyond our columns, `extra.ocel` holds `type`, `attributes`, `relationships` ([id, qualifier]) and, where
the row does not tell it exactly, `time`; `objects` on the first row that names them (and on the first
row of the file those that no event names) with attributes over time and relations to other objects;
on the first row of the file also `types` and, for SQLite, `maps` (names of its tables). Reading and
writing give the same log in the same form; from form to form the same types, objects, changes, events,
relations and qualifiers.
Limits: objects are held in memory while a file is read or written, events are not. A log without events
has no row to carry its objects. OCEL 1.0 is refused. XML has no types of values, so a number written to
XML is text when it comes back.
"""

from daliz.io.ocel.reading import read, sniff
from daliz.io.ocel.writing import write

__all__ = ["read", "sniff", "write"]
