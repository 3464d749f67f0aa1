"""Clients that ask at the same time, each its next question when it has the answer to its last; and what they saw."""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

_PATIENCE = 60.0
DELIBERATE = {429, 503}
"""What a server says that has more to do than it takes on."""


@dataclass(slots=True)
class Seen:
    """Of one run: `statuses` by number, seconds of each answer, and what went wrong in other ways."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    without_retry_after: int = 0
    lasted: float = 0.0

    @property
    def errors(self) -> int:
        """All that is neither an answer nor deliberate."""
        bad = sum(count for status, count in self.statuses.items() if status != 200 and status not in DELIBERATE)
        return bad + sum(self.failures.values()) + len(self.wrong) + self.without_retry_after

    def percentile(self, share: float) -> float:
        """Seconds that this share of the answers took at most."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")

    def __str__(self) -> str:
        a_second = len(self.seconds) / self.lasted if self.lasted else 0.0
        return (
            f"{len(self.seconds)} answers in {self.lasted:.1f} s, {a_second:.1f} a second; seconds: p50"
            f" {self.percentile(0.5):.2f}, p95 {self.percentile(0.95):.2f}, p99 {self.percentile(0.99):.2f};"
            f" statuses {dict(self.statuses)}; failures {dict(self.failures)}; wrong {len(self.wrong)}"
        )


async def put_load(
    url: str, questions: Iterator[str], *, clients: int, seconds: float, token: str | None = None
) -> Seen:
    """`clients` ask at `url` for so long; then each waits for its last answer."""
    seen = Seen()
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    limits = httpx2.Limits(max_connections=clients, max_keepalive_connections=clients)
    async with httpx2.AsyncClient(base_url=url, headers=headers, timeout=_PATIENCE, limits=limits) as client:
        began = time.monotonic()
        await asyncio.gather(*(_ask_on(client, questions, began + seconds, seen) for _ in range(clients)))
        seen.lasted = time.monotonic() - began
    return seen


async def _ask_on(client: httpx2.AsyncClient, questions: Iterator[str], until: float, seen: Seen) -> None:
    while time.monotonic() < until:
        question = next(questions)
        began = time.monotonic()
        try:
            response = await client.post("/v1/ask", json={"question": question})
        except httpx2.HTTPError as error:
            seen.failures[type(error).__name__] += 1
            continue
        seen.statuses[response.status_code] += 1
        if response.status_code == 200:
            seen.seconds.append(time.monotonic() - began)
            if response.json()["question"] != question:
                seen.wrong.append(question)
        elif response.status_code in DELIBERATE:
            if "retry-after" not in response.headers:
                seen.without_retry_after += 1
            await asyncio.sleep(1.0)


def processor_seconds(process: int) -> float:
    """That a process has had so far (Linux): unlike wall time they are nearly the same on a machine that others use as well."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_bytes(process: int) -> int:
    """Memory that is in use by a process (Linux)."""
    status = Path(f"/proc/{process}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024
