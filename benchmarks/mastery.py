"""How long does it take to fit a skill to 24,000 answers? Ours beside plain forward-backward.

Run with `python benchmarks/mastery.py [--json] [--learners 6000] [--steps 4] [--restarts 5]
[--seeds 200] [--pybkt PYTHON]`. Each seed simulates other learners; told are the median and, after
it, from where to where. How far the four chances found are from those planted is told for answers
that are spread as the planted chances spread them on average, without chance; and for all seeds:
their root mean square for each chance, and how many groups miss one of them by more than 0.01.
Beside it stands what chance alone leaves: the least that any unbiased fit is off (Cramér-Rao), and
how many groups miss that begin at the planted values, which ends at the likeliest place that is
near them. Of as many answers those of 6,000 learners tell more of what they knew before than those
of 3,000 do. Both do the same rounds of expectation-maximisation; the limit beside a whole fit is to
count once who answered alike. pyBKT 1.4.3 took 25.6 s for 24,000 answers with five restarts: a
published figure, of another machine, so that the ratio to it says the order of magnitude only.
With `--pybkt` a Python that has it (scikit-learn<1.7, pandas<3, numpy<2.3) fits the same answers
here. The learners are simulated.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import time
from collections.abc import Callable
from functools import partial
from itertools import product
from statistics import median

import msgspec
import numpy as np

from worldloom.kits.academy.mastery.fitting import Answers, Fit, fit, improve
from worldloom.kits.academy.mastery.simulating import simulate
from worldloom.kits.academy.mastery.tracing import Numbers, Skill

PLANTED = Skill(prior=0.25, learn=0.15, guess=0.2, slip=0.1)
ELSEWHERE = Skill(prior=0.5, learn=0.3, guess=0.1, slip=0.3)
PUBLISHED_PYBKT_S = 25.6
AIM = 0.01
"""How near each of the four chances is to be found."""
FIELDS = ("prior", "learn", "guess", "slip")


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


def off(skill: Skill) -> Numbers:
    """Return by how much each of the four chances misses what was planted, by FIELDS."""
    return np.array([getattr(skill, name) - getattr(PLANTED, name) for name in FIELDS])


def likely(rows: Answers, skill: Skill) -> Numbers:
    """Return how likely each row of answers is, by the plain forward recursion."""
    move = np.array([[1 - skill.learn, skill.learn], [0.0, 1.0]])
    told = np.array([[1 - skill.guess, skill.slip], [skill.guess, 1 - skill.slip]])
    state: Numbers = np.array([[1 - skill.prior, skill.prior]]) * told[rows[:, 0]]
    for step in range(1, rows.shape[1]):
        state = state @ move * told[rows[:, step]]
    found: Numbers = state.sum(axis=1)
    return found


def average(learners: int, steps: int, skill: Skill = PLANTED) -> Answers:
    """Return answers that are spread as chances spread them on average: nothing in it is chance.

    Each sequence that there is stands in it as often as it is likely, rounded.
    """
    rows = np.array(list(product((0, 1), repeat=steps)), np.int8)
    wanted = likely(rows, skill) * learners
    often = np.floor(wanted).astype(int)
    often[np.argsort(often - wanted)[: learners - often.sum()]] += 1
    return np.repeat(rows, often, axis=0)


def least_off(learners: int, steps: int, skill: Skill = PLANTED, by: float = 1e-4) -> Numbers:
    """Return the standard error below which no unbiased fit of each chance comes, by FIELDS.

    It is Cramér and Rao's: of all sequences of answers there are, each as likely as it is.
    """
    rows = np.array(list(product((0, 1), repeat=steps)), np.int8)

    def logs(**moved: float) -> Numbers:
        return np.log(likely(rows, msgspec.structs.replace(skill, **moved)))

    slopes = []
    for name in FIELDS:
        at = getattr(skill, name)
        slopes.append((logs(**{name: at + by}) - logs(**{name: at - by})) / (2 * by))
    score = np.stack(slopes)
    told = np.einsum("is,js,s->ij", score, score, np.exp(logs())) * learners
    found: Numbers = np.sqrt(np.diag(np.linalg.inv(told)))
    return found


def recovered(groups: list[Answers], found: list[Fit]) -> dict[str, object]:
    """Return how far fits are from what was planted, and what of that is the sample's noise."""
    errors = np.array([off(one.skill) for one in found])
    near = [fit(group, PLANTED, restarts=1) for group in groups]
    missed = np.abs(errors).max(axis=1) > AIM
    learners, steps = groups[0].shape
    whole = off(fit(average(learners, steps), ELSEWHERE).skill)
    return {
        "error_without_chance": _by_field(np.abs(whole)),
        "error_rms": _by_field(np.sqrt(np.square(errors).mean(axis=0))),
        "error_mean": _by_field(errors.mean(axis=0)),
        "error_least": _by_field(least_off(learners, steps)),
        "error_worst_median": round(float(np.median(np.abs(errors).max(axis=1))), 4),
        "error_max": round(float(np.abs(errors).max()), 4),
        "groups_off_by_a_hundredth": int(missed.sum()),
        "of_which_by_the_prior": int((np.abs(errors[:, 0]) > AIM).sum()),
        "from_the_planted_off_by_a_hundredth": int(
            sum(float(np.abs(off(one.skill)).max()) > AIM for one in near)
        ),
        "likelihood_behind_the_planted_start_max": round(
            max(there.likelihood - one.likelihood for there, one in zip(near, found, strict=True)),
            4,
        ),
    }


def _by_field(values: Numbers) -> dict[str, float]:
    return {name: round(float(value), 4) for name, value in zip(FIELDS, values, strict=True)}


def measure(learners: int, steps: int, restarts: int, seeds: int = 200) -> dict[str, object]:
    """Fit the learners of each seed, and do as many rounds of the peer and of the limit."""
    times: list[float] = []
    ended: list[Fit] = []
    groups = [simulate(learners, steps, PLANTED, seed=seed).right.astype(np.int8)
              for seed in range(seeds)]  # fmt: skip
    for group in groups:
        found: list[Fit] = []
        times.append(best(partial(_fit, found, group, restarts)))
        ended.append(found[-1])
    answers, ours = groups[-1], median(times)
    single: list[Fit] = []
    one = best(partial(_fit, single, answers, 1)) / single[-1].rounds
    plain = best(lambda: plain_round(answers, ELSEWHERE))
    limit = best(lambda: np.unique(answers, axis=0, return_counts=True), 9)
    return {
        "benchmark": "mastery",
        "answers": learners * steps,
        "restarts": restarts,
        "seeds": seeds,
        "fit_s": round(ours, 3),
        "fit_s_spread": [round(min(times), 3), round(max(times), 3)],
        "rounds_of_the_best": ended[-1].rounds,
        "round_ms": round(one * 1e3, 2),
        "forward_backward_round_ms": round(plain * 1e3, 2),
        "counting_alone_ms": round(limit * 1e3, 3),
        "of_forward_backward": round(one / plain, 3),
        "times_the_counting": round(ours / limit, 1),
        "pybkt_published_s": PUBLISHED_PYBKT_S,
        "pybkt_published_by_ours": round(PUBLISHED_PYBKT_S / ours, 1),
        **recovered(groups, ended),
    }


PEER = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
import numpy, pandas
from importlib.metadata import version
from pyBKT.models import Model
answers = numpy.array(json.load(sys.stdin))
learners, steps = answers.shape
rows = pandas.DataFrame({
    "user_id": numpy.repeat(numpy.arange(learners), steps), "skill_name": "skill",
    "correct": answers.ravel(), "order_id": numpy.tile(numpy.arange(steps), learners)})
began = time.perf_counter()
model = Model(seed=0, num_fits=int(sys.argv[1]))
model.fit(data=rows)
took, found = time.perf_counter() - began, model.params().value
names = ("prior", "learns", "guesses", "slips")
print(json.dumps([version("pyBKT"), took, [found["skill", name, "default"] for name in names]]))
"""
"""Fits a skill by pyBKT to the answers that it reads."""


def beside_pybkt(python: str, learners: int, steps: int, restarts: int) -> dict[str, object]:
    """Let pyBKT and ours fit the same answers on this machine, one after the other."""
    answers = simulate(learners, steps, PLANTED, seed=0).right.astype(np.int8)
    found: list[Fit] = []
    ours = best(partial(_fit, found, answers, restarts))
    done = subprocess.run(
        [python, "-c", PEER, str(restarts)], input=json.dumps(answers.tolist()),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    version, took, theirs = json.loads(done.stdout.splitlines()[-1])
    own = Skill(*theirs)
    return {
        "benchmark": "pybkt", "version": version, "answers": learners * steps,
        "restarts": restarts, "fit_s": round(ours, 4), "pybkt_s": round(took, 1),
        "pybkt_by_ours": round(took / ours), "error": _by_field(off(found[-1].skill)),
        "pybkt_error": _by_field(off(own)),
        "likelihood_behind_pybkt": round(improve(answers, own)[1] - found[-1].likelihood, 4),
    }  # fmt: skip


def main() -> None:
    """Print what was measured, or one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--learners", type=int, default=6000)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--restarts", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--pybkt", metavar="PYTHON", help="fit the same by pyBKT, which this has")
    asked = parser.parse_args()
    found = measure(asked.learners, asked.steps, asked.restarts, asked.seeds)
    peer = (
        beside_pybkt(asked.pybkt, asked.learners, asked.steps, asked.restarts)
        if asked.pybkt
        else None
    )
    if asked.json:
        print(*(json.dumps(line) for line in (found, peer) if line), sep="\n")
        return
    print(
        f"{found['answers']:,} simulated answers, {found['restarts']} restarts, "
        f"{found['seeds']} seeds: {found['fit_s']} s {found['fit_s_spread']}\n"
        f"without chance off by {found['error_without_chance']}\n"
        f"off by {found['error_rms']}; the least for any unbiased fit: {found['error_least']}\n"
        f"{found['groups_off_by_a_hundredth']} groups off by more than {AIM}, as are "
        f"{found['from_the_planted_off_by_a_hundredth']} begun at what was planted\n"
        f"one round: {found['round_ms']} ms, {found['of_forward_backward']} of plain "
        f"forward-backward ({found['forward_backward_round_ms']} ms); all of it: "
        f"{found['times_the_counting']} times counting who answered alike\n"
        f"pyBKT, published, on another machine: {found['pybkt_published_s']} s, "
        f"{found['pybkt_published_by_ours']} times ours\n"
        f"pyBKT here: {peer or 'not asked for (--pybkt)'}"
    )


if __name__ == "__main__":
    main()
