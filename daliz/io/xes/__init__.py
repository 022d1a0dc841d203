"""XES, the exchange format of process mining (IEEE 1849), read event by event and written back whole.

Question: how does a log in XES become rows of ours, and rows of ours a log that other tools read?
In and out: `read(path)` gives batches of raw rows; `write(rows, path)` takes rows of `events`; `.xes`
and `.xes.gz`.
Method: shipment = `concept:name` of the trace; activity_text = `concept:name`, end = `time:timestamp`,
actor = `org:resource`, log_id = `identity:id`, official payment = `cost:total` (or `cost:amount`) and
`cost:currency` of the event; deadline = `deadline` or `case:deadline` of the event or its trace where it
is an instant. A mapping names the attributes of further columns.
Pairs: `lifecycle:transition` = start opens an activity; the next complete in the trace with the same
`concept:name` and the same `concept:instance` (or both without) closes the oldest one open, and the two
are one row with start and end. A start that none closes is a row without end, still open; a complete
that none opened is a row without start. Other transitions (schedule, suspend, abort, ...) are rows with
an end of their own, and neither open nor close.
Beyond our columns, `extra.xes` holds `at` (positions in the trace), `attributes` and, for a pair,
`start` (attributes of the start): lists [type, key, value, nested]; on the first row of a trace `trace`
({n, attributes}), on its last one `late` (attributes that stood behind the events); on the first row of
the file `log` (extensions, globals, classifiers, attributes), on a row near them `empty` (traces without
events). Reading and writing give the same log: same types, values, nesting and order of events.
Limits: a document type is refused, so entities cannot be used. A log without a single event has no row
to carry its header. A trace without a name is called `<file>#<number>`.
"""

from daliz.io.xes.reading import read, sniff
from daliz.io.xes.writing import write

__all__ = ["read", "sniff", "write"]
