"""What the measurements print: figure, ratio, target. Nothing here fails a test for being slow."""

import os
import time
from collections.abc import Callable
from statistics import median

ROUNDS = 3


def heading() -> None:
    """Which machine, once: ratios of one run mean something, figures of two do not."""
    load = os.getloadavg()[0]
    shared = "clients, server and database share them"
    print(f"\n{os.cpu_count()} processors, load {load:.1f} before; {shared}")  # noqa: T201
    print("| # | what | figure | ratio | target |\n|---|---|---|---|---|", end="")  # noqa: T201


def line(number: str, what: str, figure: str, ratio: str = "", target: str = "") -> None:
    """One line of the table."""
    print(f"\n| {number} | {what} | {figure} | {ratio} | {target} |", end="")  # noqa: T201


def seconds(work: Callable[[], object], times: int) -> float:
    """How long one call takes, as the mean of `times` calls in a row."""
    start = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - start) / times


def interleaved(works: dict[str, tuple[Callable[[], object], int]]) -> dict[str, float]:
    """The median seconds per call of each work; rounds alternate, so load meets all alike."""
    for work, _times in works.values():
        work()  # warm
    return medians({name: lambda w=work, n=n: seconds(w, n) for name, (work, n) in works.items()})


def medians(measures: dict[str, Callable[[], float]]) -> dict[str, float]:
    """The median of what each measure says; every round asks all of them."""
    taken: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(ROUNDS):
        for name, measure in measures.items():
            taken[name].append(measure())
    return {name: median(found) for name, found in taken.items()}
