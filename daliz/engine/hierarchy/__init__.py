"""Customizable contraction hierarchies: shortest ways over a graph whose weights change often.

Question: how far is it between nodes, for one pair or millions, under one set of weights or a thousand?
In and out: arcs of a directed graph in; a `Topology` made once, then metrics on it, lengths and arcs out.
Method: the graph is contracted once in an order of its nodes, without weights; a metric then takes a
fraction of a second, and a question microseconds (Dibbelt, Strasser and Wagner 2016).
Limits: one criterion at a time and no clocks: those are the exact search's (`daliz.engine.pareto`).
"""

from __future__ import annotations

from daliz.engine.hierarchy.contract import Topology, contract
from daliz.engine.hierarchy.dissect import better_order, first_order
from daliz.engine.hierarchy.metric import Lanes, Metric, Way, lanes, whole
from daliz.engine.hierarchy.vector import FAR
from daliz.engine.hierarchy.ways import alternatives, next_best

__all__ = [
    "FAR", "Lanes", "Metric", "Topology", "Way", "alternatives", "better_order", "contract", "first_order",
    "lanes", "next_best", "whole",
]  # fmt: skip
