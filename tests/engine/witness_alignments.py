"""PM4Py's optimal alignments of drawn visits, run by a Python that has it: cases as JSON in, costs out.

A checklist becomes a Petri net: one transition an item, that may be passed over by a silent one (free for an
item that need not be done, at the price of a model move for one that must), a place for each pair in order,
and further optional turns after the first for items that may happen more often. An item is left out by its
silent transition alone: a turn that was not seen is never made up, so that a second turn cannot follow an
unseen first.
"""

from __future__ import annotations

import json
import sys
import warnings

warnings.filterwarnings("ignore")

NEVER = 10**8
"""Price of making up a turn: more than any alignment costs."""


def net_of(case):
    """The net of a case, with the costs of its transitions."""
    from pm4py.objects.petri_net.obj import Marking, PetriNet
    from pm4py.objects.petri_net.utils.petri_utils import add_arc_from_to

    closed = list(case["after"])
    for middle in range(len(closed)):
        for item, mask in enumerate(closed):
            if mask >> middle & 1:
                closed[item] |= closed[middle]
    net = PetriNet("checklist")
    initial, final, costs = Marking(), Marking(), {}

    def place(name):
        made = PetriNet.Place(name)
        net.places.add(made)
        return made

    def transition(name, label, cost):
        made = PetriNet.Transition(name, label)
        net.transitions.add(made)
        costs[made] = cost
        return made

    pairs = {}
    for s, mask in enumerate(closed):
        for p in range(len(closed)):
            if mask >> p & 1:
                pairs[p, s] = place(f"order {p} {s}")
    for item in range(len(closed)):
        begin, end = place(f"begin {item}"), place(f"end {item}")
        initial[begin] = 1
        final[end] = 1
        # A needed item left out is a silent transition with the price of a model move.
        needed = case["needed"] >> item & 1
        done = transition(f"do {item}", str(item), NEVER)
        left_out = transition(f"leave {item}", None, 10_000 if needed else 0)
        turns = [place(f"turn {item} {turn}") for turn in range(case["most"][item])]
        for first, to in ((done, turns[0]), (left_out, end)):
            add_arc_from_to(begin, first, net)
            add_arc_from_to(first, to, net)
            for (p, s), between in pairs.items():
                if s == item:
                    add_arc_from_to(between, first, net)
                if p == item:
                    add_arc_from_to(first, between, net)
        for turn, here in enumerate(turns):
            over = transition(f"over {item} {turn}", None, 0)
            add_arc_from_to(here, over, net)
            add_arc_from_to(over, end, net)
            if turn + 1 < len(turns):
                again = transition(f"again {item} {turn}", str(item), NEVER)
                add_arc_from_to(here, again, net)
                add_arc_from_to(again, turns[turn + 1], net)
    return net, initial, final, costs


def cost_of(case):
    """Cost of the optimal alignment in edits."""
    from pm4py.algo.conformance.alignments.petri_net import algorithm
    from pm4py.objects.log.obj import Event, Trace

    net, initial, final, costs = net_of(case)
    trace = Trace([Event({"concept:name": str(item)}) for item, _, _ in case["events"]])
    parameters = {
        "model_cost_function": costs, "trace_cost_function": [10_000] * len(trace),
        "sync_cost_function": dict.fromkeys((t for t in net.transitions if t.label is not None), 0),
        "show_progress_bar": False,
    }  # fmt: skip
    keys = algorithm.Variants.VERSION_STATE_EQUATION_A_STAR.value.Parameters
    named = {
        keys.PARAM_MODEL_COST_FUNCTION: parameters["model_cost_function"],
        keys.PARAM_TRACE_COST_FUNCTION: parameters["trace_cost_function"],
        keys.PARAM_SYNC_COST_FUNCTION: parameters["sync_cost_function"],
    }
    found = algorithm.apply_trace(trace, net, initial, final, parameters=named)
    return round(found["cost"] / 10_000)


print(json.dumps([cost_of(case) for case in json.loads(sys.stdin.read())]))
