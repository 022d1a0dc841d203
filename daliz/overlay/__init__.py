"""From the base graph and the curated points to the legs between them.

Question: which curated places are neighbours by rail and road, how far apart along the true line,
and where may a line pass from one state to another?
In and out: base graphs, curated tables and a state-of-a-point function in; the declared tables
`legs`, `attachments`, `built_bridges`, `cut_arcs` and findings out.
Method: `borders` cuts every arc that leaves its state, `attach` splits arcs at places by chainage,
`contract` searches between places within one state and re-inserts one arc at each curated crossing.
Limits: a leg is the shortest line, not the fastest or the least loaded one.
"""

from __future__ import annotations

from daliz.overlay.assemble import Overlay, assemble

__all__ = ["Overlay", "assemble"]
