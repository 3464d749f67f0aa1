"""`python -m tests.load`: puts load on a `qa serve` of its own over the article, and says what came of it.

Run it by hand on a quiet machine: the clients are on the same cores. For example, over questions that are asked again and again,
and over questions that are all different:

    python -m tests.load --clients 64 --seconds 60
    python -m tests.load --clients 64 --seconds 60 --distinct
"""

from __future__ import annotations

import argparse
import asyncio
import itertools

from tests.load.load import processor_seconds, put_load, resident_bytes
from tests.load.questions import distinct, repeated
from tests.web.serving import serving

_MEGABYTE = 1_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--distinct", action="store_true", help="ask no question twice")
    parser.add_argument("--different", type=int, default=200, help="how many different ones are asked otherwise")
    parser.add_argument("--rounds", type=int, default=1, help="of so many seconds each, one after the other")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("serve", nargs="*", help="further options of qa serve, after --")
    given = parser.parse_args()
    with serving(*given.serve) as served:
        served.until_ready()
        questions = distinct(given.seed) if given.distinct else repeated(given.seed, given.different)
        print(f"memory before: {resident_bytes(served.process.pid) / _MEGABYTE:.0f} MB")
        for number in itertools.count(1):
            before = processor_seconds(served.process.pid)
            seen = asyncio.run(put_load(served.url, questions, clients=given.clients, seconds=given.seconds))
            each = 1000 * (processor_seconds(served.process.pid) - before) / max(1, len(seen.seconds))
            memory = resident_bytes(served.process.pid) / _MEGABYTE
            print(f"{seen}; errors {seen.errors}; {each:.0f} ms of processor an answer; memory {memory:.0f} MB")
            if number == given.rounds:
                break


if __name__ == "__main__":
    main()
