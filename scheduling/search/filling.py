"""Filling lines with jobs, compiled: at their ends, or wherever a job costs least."""

from __future__ import annotations

import numpy as np

from scheduling.simulator.board import DONE, LINE_COUNT, LOST, NOWHERE
from scheduling.simulator.compiled import compiled
from scheduling.simulator.timing import NO_MATTER, makespan_cost, retime
from scheduling.simulator.trial import begin_trial, keep_trial, relocate, undo_trial

EARLIEST, CHEAPEST = 0, 1
"""Which line a job takes: where it is done first, or where it costs least."""


@compiled
def fill(b, sequence, rule, first_key):
    """Append jobs in this order, each to the line where it is done first or costs least; the change of job costs."""
    total = np.int64(0)
    key = first_key
    for index in range(sequence.shape[0]):
        job = sequence[index]
        best_line = np.int64(NOWHERE)
        best_rank = np.int64(0)
        best_done = np.int64(0)
        count = b.jobs[job, LINE_COUNT]
        for place in range(count + 1):
            last = place == count
            line = best_line if last else b.eligible[job, place]
            if line < 0:
                break
            begin_trial(b)
            relocate(b, job, line, b.lengths[line, 0])
            b.keys[job] = key
            change = retime(b, NO_MATTER)
            if last:
                keep_trial(b)
                total += change
                key += 1.0
                break
            done = b.jobs[job, DONE]
            rank = done if rule == EARLIEST else change
            if b.scalars[LOST] < 0 and (best_line < 0 or rank < best_rank or (rank == best_rank and done < best_done)):
                best_line = line
                best_rank = rank
                best_done = done
            undo_trial(b)
    return total


@compiled
def insert(b, sequence, first_free, most_positions):
    """Insert jobs in this order, each where it costs least of at most so many places spread over every line it may
    take; the change of job costs (after Nawaz, Enscore and Ham 1983, for any objective)."""
    total = np.int64(0)
    for index in range(sequence.shape[0]):
        job = sequence[index]
        best_line, best_place, best_rank = np.int64(NOWHERE), np.int64(0), np.int64(0)
        makespan = makespan_cost(b)
        for choice in range(b.jobs[job, LINE_COUNT]):
            line = b.eligible[job, choice]
            room = b.lengths[line, 0] - first_free[line]
            tries = min(room + 1, most_positions)
            for number in range(tries):
                place = first_free[line] + (room if tries == 1 else room * number // (tries - 1))
                begin_trial(b)
                relocate(b, job, line, place)
                rank = retime(b, NO_MATTER)
                if b.scalars[LOST] < 0:
                    rank += makespan_cost(b) - makespan
                    if best_line < 0 or rank < best_rank:
                        best_line, best_place, best_rank = line, place, rank
                undo_trial(b)
        if best_line >= 0:
            begin_trial(b)
            relocate(b, job, best_line, best_place)
            total += retime(b, NO_MATTER)
            keep_trial(b)
    return total
