"""Trade: who sells what to whom, how much of it is of high value added, and what was declared of it.

Question: what is the structure of mutual trade, by named lists of goods, partners and currencies?
In and out: rows of `trade` and the lists of goods in; shares, concentration, mirror gaps and a report out.
Method: see the modules of this folder: reading, structure, answer.
Limits: two lists give two results, and none is chosen for the reader.
"""

from daliz.trade.answer import report
from daliz.trade.reading import read
from daliz.trade.structure import TABLES, Trade

__all__ = ["TABLES", "Trade", "read", "report"]
