"""PM4Py's temporal profile and its deviations, run by a Python that has it: cases as JSON in, pairs out."""

from __future__ import annotations

import json
import sys
import warnings

warnings.filterwarnings("ignore")

import pandas as pd  # noqa: E402
from pm4py.algo.conformance.temporal_profile.variants import dataframe as conformance  # noqa: E402
from pm4py.algo.discovery.temporal_profile.variants import dataframe as discovery  # noqa: E402

given = json.loads(sys.stdin.read())
rows = [
    (
        str(number),
        f"a{activity}",
        pd.Timestamp(begin, unit="s", tz="UTC"),
        pd.Timestamp(end, unit="s", tz="UTC"),
    )
    for number, case in enumerate(given["cases"])
    for activity, begin, end in case
]
log = pd.DataFrame(rows, columns=["case:concept:name", "concept:name", "start_timestamp", "time:timestamp"])
begin = {discovery.Parameters.START_TIMESTAMP_KEY: "start_timestamp"}
profile = discovery.apply(log.copy(), parameters=begin)
keys = conformance.Parameters
found = conformance.apply(
    log.copy(), profile, parameters={keys.START_TIMESTAMP_KEY: "start_timestamp", keys.ZETA: given["k"]}
)
print(json.dumps([(int(a[1:]), int(b[1:]), float(s)) for case in found for a, b, s, _ in case]))
