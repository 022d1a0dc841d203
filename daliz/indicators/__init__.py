"""Corridor indicators from the log: what was measured, with n, interval and definition.

Question: how long, how dear, how sure and how clean is a corridor, as its own events tell?
In and out: a log and the tables of the network in; figures by place, direction, mode, corridor, country or
period out; the chart of time and cost over distance out.
Method: each indicator is a row of table `indicators` and one expression of `store.measures`. `ask` runs what
is asked and adds interval, shrinkage and suppression; `chart` draws hours over kilometres.
Limits: a log is a sample of what was logged; nothing here speaks of traffic that no log names.
"""

from daliz.indicators.ask import BY, CPMM, Question, measure
from daliz.indicators.chart import Timeline, timeline
from daliz.indicators.result import Result

__all__ = ["BY", "CPMM", "Question", "Result", "Timeline", "measure", "timeline"]
