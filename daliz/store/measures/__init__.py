"""Measures of the corridors, each declared once as an Ibis expression.

Question: from which rows of the log does a figure come, whichever engine adds them up?
In and out: table `events` and small tables in; samples and cells of every measure out, on DuckDB, Spark or
PostgreSQL.
Method: `relations` turns events into visits and trips, `grains` into observations, `declared` says what is
divided by what, `engines` runs it.
Limits: exact where numbers are whole (counts, seconds); sums of fractions agree to 1e-9.
"""
