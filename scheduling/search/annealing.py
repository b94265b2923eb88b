"""Simulated annealing on the compiled simulator: a walk of trials, each kept or undone.

A trial that makes the plan worse by d is kept with probability exp(−d / temperature). The best decisions seen are
saved just before they are left.
"""

from __future__ import annotations

import numpy as np

from scheduling.search.moves import (
    bring_in,
    change_hold,
    change_linger,
    change_release,
    draw,
    draw_below,
    join_family,
    move_block,
    move_in_line,
    move_to_line,
    swap_holds,
    swap_in_line,
    swap_lines,
)
from scheduling.simulator.board import BEGUN, LINE, LINGER, LOST, NOT_BEFORE, NOWHERE
from scheduling.simulator.compiled import compiled, inlined
from scheduling.simulator.timing import NO_MATTER, makespan_cost, retime
from scheduling.simulator.trial import begin_trial, keep_trial, undo_trial

TOTAL, BEST_TOTAL, MISSING, BEST_MISSING, IS_SAVED, TRIALS, KEPT, MUST_DEAL_KEYS = 0, 1, 2, 3, 4, 5, 6, 7
"""`account` of a walk: job costs with the makespan, jobs on no line, of the schedule and of the best one."""
MOVE_KINDS = 10
PATIENCE = 3.0
"""A trial is given up where it is worse than allowed by so many temperatures, before all is timed."""
IN_LINE, SWAPPED, BLOCK, TO_LINE, SWAPPED_LINES, BESIDE_FAMILY = 0, 1, 2, 3, 4, 5
SWAPPED_HOLDS, HOLD, RELEASE, LINGERING = 6, 7, 8, 9


@inlined
def try_move(b, random, first_free, kind, job):
    """Make the move of this kind; whether it changed anything."""
    if kind == HOLD:
        return change_hold(b, random, job)
    if kind == RELEASE:
        return change_release(b, random, job)
    if kind == LINGERING:
        return change_linger(b, random, job)
    if kind == SWAPPED_HOLDS:
        return swap_holds(b, random, first_free, job)
    if b.jobs[job, BEGUN] > 0:
        return False
    if kind == IN_LINE:
        return move_in_line(b, random, first_free, job)
    if kind == SWAPPED:
        return swap_in_line(b, random, first_free, job)
    if kind == BLOCK:
        return move_block(b, random, first_free, job)
    if kind == TO_LINE:
        return move_to_line(b, random, first_free, job)
    if kind == SWAPPED_LINES:
        return swap_lines(b, random, first_free, job)
    return join_family(b, random, first_free, job)


@inlined
def save_best(b, best_places, best_holds):
    """Remember the decisions of the schedule as it stands: lines and keys, then what holds jobs back."""
    segments = best_holds.shape[1] - 1
    for job in range(best_holds.shape[0]):
        best_places[job, 0] = b.jobs[job, LINE]
        best_places[job, 1] = b.keys[job]
        for segment in range(segments):
            best_holds[job, segment] = b.jobs[job, NOT_BEFORE + segment]
        best_holds[job, segments] = b.jobs[job, LINGER]


@compiled
def anneal(b, random, first_free, odds, account, best_places, best_holds, hot, cold, first, trials):
    """Run trials `first` … `trials` while the temperature falls from `hot` to `cold`; how many were run.

    It ends early where keys have come too close and must be dealt out anew.

    `odds` (MOVE_KINDS) are cumulative probabilities of the kinds of moves.
    """
    jobs = b.jobs.shape[0]
    makespan = makespan_cost(b)
    patience = account[TOTAL] // (2 * max(1, jobs))
    trial = first
    while trial < trials:
        temperature = hot + (cold - hot) * trial / trials
        trial += 1
        job = draw_below(random, jobs)
        chance = draw(random)
        kind = 0
        while kind < MOVE_KINDS - 1 and odds[kind] <= chance:
            kind += 1
        begin_trial(b)
        is_new = b.jobs[job, LINE] == NOWHERE
        changed = bring_in(b, random, first_free, job) if is_new else try_move(b, random, first_free, kind, job)
        if not changed:
            undo_trial(b)
            continue
        account[TRIALS] += 1
        allowance = -temperature * np.log(max(draw(random), 1e-300))
        most = np.int64(NO_MATTER) if is_new else np.int64(allowance + PATIENCE * temperature) + patience
        difference = retime(b, most)
        longer = makespan
        if b.scalars[LOST] < 0:
            longer = makespan_cost(b)
            difference += longer - makespan
        if b.scalars[LOST] >= 0 or (not is_new and difference > allowance):
            undo_trial(b)
            continue
        if account[IS_SAVED] == 0 and difference > 0 and not is_new:
            undo_trial(b)
            save_best(b, best_places, best_holds)
            account[IS_SAVED] = 1
            continue
        account[KEPT] += 1
        account[TOTAL] += difference
        account[MISSING] -= is_new
        makespan = longer
        if keep_trial(b):
            account[MUST_DEAL_KEYS] = 1
        if account[MISSING] < account[BEST_MISSING] or account[TOTAL] < account[BEST_TOTAL]:
            account[BEST_MISSING] = account[MISSING]
            account[BEST_TOTAL] = account[TOTAL]
            account[IS_SAVED] = 0
        if account[MUST_DEAL_KEYS] == 1:
            break
    if account[IS_SAVED] == 0 and account[TOTAL] == account[BEST_TOTAL]:
        save_best(b, best_places, best_holds)
        account[IS_SAVED] = 1
    return trial - first
