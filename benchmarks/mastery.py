"""How long does it take to fit a skill to 24,000 answers? Ours beside plain forward-backward.

Run with `python benchmarks/mastery.py [--json] [--learners 3000] [--steps 8] [--restarts 5]
[--seeds 5]`. Each seed simulates other learners; told are the median and, after it, from where to
where. Both
do the same rounds of expectation-maximisation; the limit beside them is taking as many exponentials
as ours needs, once a round. pyBKT 1.4.3 took 25.6 s for 24,000 answers with five restarts: a
published figure, of another machine, so that the ratio to it says the order of magnitude only. The
learners are simulated.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from functools import partial
from statistics import median

import numpy as np

from worldloom.kits.academy.mastery.fitting import Answers, Fit, fit
from worldloom.kits.academy.mastery.simulating import simulate
from worldloom.kits.academy.mastery.tracing import Numbers, Skill

PLANTED = Skill(prior=0.25, learn=0.15, guess=0.2, slip=0.1)
ELSEWHERE = Skill(prior=0.5, learn=0.3, guess=0.1, slip=0.3)
PUBLISHED_PYBKT_S = 25.6


def plain_round(answers: Answers, skill: Skill) -> Skill:
    """One round of EM by forward-backward, step by step, for all learners at once."""
    learners, steps = answers.shape
    move = np.array([[1 - skill.learn, skill.learn], [0.0, 1.0]])
    told: Numbers = np.where(
        (answers == 1)[:, :, None],
        [skill.guess, 1 - skill.slip],
        [1 - skill.guess, skill.slip],
    )
    ahead, behind = np.empty((2, learners, steps, 2))
    scale = np.empty((learners, steps, 1))
    state: Numbers = np.broadcast_to([1 - skill.prior, skill.prior], (learners, 2))
    for step in range(steps):
        state = state * told[:, step]
        scale[:, step] = state.sum(axis=1, keepdims=True)
        ahead[:, step] = state / scale[:, step]
        state = ahead[:, step] @ move
    behind[:, -1] = 1.0
    turned = 0.0
    for step in range(steps - 2, -1, -1):
        later = told[:, step + 1] * behind[:, step + 1] / scale[:, step + 1]
        turned += float((ahead[:, step, 0] * skill.learn * later[:, 1]).sum())
        behind[:, step] = later @ move.T
    where = ahead * behind
    right = answers == 1
    not_known, known = where[:, :, 0], where[:, :, 1]
    return Skill(
        float(known[:, 0].mean()),
        turned / float(not_known[:, :-1].sum()),
        float(not_known[right].sum() / not_known.sum()),
        float(known[~right].sum() / known.sum()),
    )


def best(run: Callable[[], object], times: int = 3) -> float:
    """Return the shortest of some times, in seconds."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        found.append(time.perf_counter() - start)
    return min(found)


def _fit(found: list[Fit], answers: Answers, restarts: int) -> None:
    found.append(fit(answers, ELSEWHERE, restarts=restarts))


def off(skill: Skill) -> float:
    """Return by how much the worst of the four chances misses what was planted."""
    names = skill.__struct_fields__
    return max(abs(float(getattr(skill, f)) - float(getattr(PLANTED, f))) for f in names)


def measure(learners: int, steps: int, restarts: int, seeds: int = 5) -> dict[str, object]:
    """Fit the learners of each seed, and do as many rounds of the peer and of the limit."""
    times: list[float] = []
    errors: list[float] = []
    found: list[Fit] = []
    groups = [simulate(learners, steps, PLANTED, seed=2 + seed).right.astype(np.int8)
              for seed in range(seeds)]  # fmt: skip
    for group in groups:
        times.append(best(partial(_fit, found, group, restarts)))
        errors.append(off(found[-1].skill))
    answers, ours = groups[-1], median(times)
    rounds = found[-1].rounds
    one = best(partial(_fit, found, answers, 1)) / found[-1].rounds
    plain = best(lambda: plain_round(answers, ELSEWHERE))
    logs = np.random.default_rng(0).uniform(-30, 0, (learners, steps + 1))
    limit = best(lambda: np.exp(logs), 9)
    return {
        "benchmark": "mastery",
        "answers": learners * steps,
        "restarts": restarts,
        "seeds": seeds,
        "fit_s": round(ours, 3),
        "fit_s_spread": [round(min(times), 3), round(max(times), 3)],
        "rounds_of_the_best": rounds,
        "round_ms": round(one * 1e3, 2),
        "forward_backward_round_ms": round(plain * 1e3, 2),
        "exponentials_alone_ms": round(limit * 1e3, 3),
        "of_forward_backward": round(one / plain, 2),
        "times_the_exponentials": round(one / limit, 1),
        "pybkt_published_s": PUBLISHED_PYBKT_S,
        "pybkt_published_by_ours": round(PUBLISHED_PYBKT_S / ours, 1),
        "error_median": round(median(errors), 4),
        "error_spread": [round(min(errors), 4), round(max(errors), 4)],
        "error_max": round(max(errors), 4),
    }


def main() -> None:
    """Print what was measured, or one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--learners", type=int, default=3000)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--restarts", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=5)
    asked = parser.parse_args()
    found = measure(asked.learners, asked.steps, asked.restarts, asked.seeds)
    if asked.json:
        print(json.dumps(found))
        return
    print(
        f"{found['answers']:,} simulated answers, {found['restarts']} restarts, "
        f"{found['seeds']} seeds: {found['fit_s']} s {found['fit_s_spread']}, off by "
        f"{found['error_median']} {found['error_spread']}\n"
        f"one round: {found['round_ms']} ms, {found['of_forward_backward']} of plain "
        f"forward-backward ({found['forward_backward_round_ms']} ms), "
        f"{found['times_the_exponentials']} times its exponentials alone\n"
        f"pyBKT, published, on another machine: {found['pybkt_published_s']} s, "
        f"{found['pybkt_published_by_ours']} times ours"
    )


if __name__ == "__main__":
    main()
