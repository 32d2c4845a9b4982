"""What the measurements print: figure, ratio, target. Nothing here fails a test for being slow."""

import time
from collections.abc import Callable
from statistics import median

ROUNDS = 3


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
    taken: dict[str, list[float]] = {name: [] for name in works}
    for work, _times in works.values():
        work()  # warm
    for _ in range(ROUNDS):
        for name, (work, times) in works.items():
            taken[name].append(seconds(work, times))
    return {name: median(found) for name, found in taken.items()}
