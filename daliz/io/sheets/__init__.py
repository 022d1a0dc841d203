"""Tables of events: CSV, Parquet and Excel with a column mapping, the CPMM form, the published CPMM table.

Question: how does what an office keeps in columns become rows of ours, and how do rows leave as columns?
In and out: `read(path, mapping)` gives batches of raw rows of a table of events (a CPMM form is known by
its headers and read by `read_form`); `write(rows, path)` writes CSV or Parquet, by the name;
`write_template` and `read_form` are the CPMM form; `read_published` the published CPMM table.
Method: CSV streams through the csv module and Parquet by row groups; both are then handled a batch at a
time in columns. Columns that we have no name for stand in `extra.columns` by their name, and `write`
makes columns of them again.
Limits: Excel sheets are held in memory (a sheet has at most 1,048,576 rows). A Parquet row group must fit
into memory. What `write` makes has our names of columns, not those of the file the rows came from.
"""

from daliz.io.sheets.form import read_form
from daliz.io.sheets.published import read_published
from daliz.io.sheets.reading import read, sniff
from daliz.io.sheets.template import write_template
from daliz.io.sheets.writing import write

__all__ = ["read", "read_form", "read_published", "sniff", "write", "write_template"]
