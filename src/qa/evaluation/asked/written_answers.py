"""`python -m qa.evaluation.asked.written_answers SET...`: what a language model writes of the answers, and what is kept of it.

    QA_LLM_URL=http://localhost:8080/v1 python -m qa.evaluation.asked.written_answers ../shared/data/asked/{home,office} \\
        --indexes /tmp/indexes --questions 25 --plain > written.jsonl

A row a question: the words of the model, the sentences that stay, those that do not and why, and seconds. With `--plain` also
what the same model writes when it is given the same number of passages, is asked plainly, and is not checked. Whether a
sentence is borne out is for people to judge (docs/writing.md).
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from qa.answers import Answer, AnswerKind
from qa.assistant import Assistant
from qa.evaluation.exit_codes import exit_code_of
from qa.evaluation.json_lines import read_json_lines
from qa.evaluation.question_sets import QUESTIONS
from qa.generation.chat_completions import ChatCompletions, Messages
from qa.generation.heard import Completion, Hear
from qa.generation.llm_settings import LlmSettings
from qa.generation.written import Writer
from qa.index.service import update_index
from qa.settings import Settings

_ANSWERABLE = 0.8
"""Share of the questions that are drawn."""


class _Listening(ChatCompletions):
    """Keeps the words of the model as they came."""

    raw: Completion | None = None

    def write(self, messages: Messages, model: str, hear: Hear) -> Completion:
        self.raw = super().write(messages, model, hear)
        return self.raw


def measure(folder: Path, indexes: Path, server: LlmSettings, count: int, *, plain: bool) -> Iterator[dict[str, Any]]:
    """A row for each of `count` questions of the set in `folder`, the same ones every time. Raises QaError."""
    settings = Settings(corpus=folder / "docs", index=indexes / folder.name)
    update_index(settings)
    client = _Listening(server)
    with Assistant.open(settings=settings) as assistant:
        writer = Writer(client, assistant.cosine_similarity)
        for row in _drawn(folder, count):
            client.raw = None
            answer = writer.write(assistant.ask(row["question"]))
            yield {
                "set": folder.name,
                "id": row["id"],
                "question": row["question"],
                "answers": row["answers"][:1],
                **_told(answer, client.raw),
                "plain": _plainly(client, answer) if plain and client.raw is not None else None,
            }


def _told(answer: Answer, raw: Completion | None) -> dict[str, Any]:
    extractive = answer.extractive or answer
    writing = answer.writing
    return {
        "extractive": extractive.text,
        "raw": raw.text if raw else None,
        "shown": [
            {"text": part.text, "support": part.support, "cites": [one.quote for one in part.citations]}
            for part in (answer.parts if answer.kind is AnswerKind.WRITTEN else ())
        ],
        "left_out": [[one.fault, one.text] for one in writing.left_out] if writing else [],
        "notes": list(writing.notes) if writing else [],
        "first": raw.first if raw else None,
        "total": raw.total if raw else None,
    }


def _plainly(client: ChatCompletions, answer: Answer) -> str:
    """What the model says to the question and the passages, without rules and without a check."""
    passages = (answer.extractive or answer).passages[: client.settings.passages]
    context = "\n\n".join(passage.text for passage in passages)
    message = f"Answer the question from these passages.\n\n{context}\n\nQuestion: {answer.standalone_question}"
    model = client.settings.model or client.models()[0]
    return client.write([{"role": "user", "content": message}], model, lambda _: False).text


def _drawn(folder: Path, count: int) -> list[dict[str, Any]]:
    rows = list(read_json_lines(folder / QUESTIONS))
    random.Random(folder.name).shuffle(rows)  # noqa: S311 - the same questions every time
    with_answer = round(count * _ANSWERABLE)
    chosen = [row for row in rows if row["answers"]][:with_answer]
    return [*chosen, *[row for row in rows if not row["answers"]][: count - with_answer]]


def _summary(rows: Sequence[dict[str, Any]]) -> str:
    asked = [row for row in rows if row["raw"] is not None]
    shown = sum(len(row["shown"]) for row in asked)
    faults = Counter(fault for row in asked for fault, _ in row["left_out"])
    kept = sum(bool(row["shown"]) for row in asked)
    times = [(row["first"], row["total"]) for row in asked] or [(0.0, 0.0)]
    left_out = ", ".join(f"{fault} {count}" for fault, count in faults.most_common())
    return (
        f"{len(rows)} questions, {len(asked)} answered and put to the model, {kept} with a sentence that stays\n"
        f"{shown} sentences stay, {faults.total()} are left out ({left_out})\n"
        f"first word after {median(first for first, _ in times):.1f} s, end after {median(end for _, end in times):.1f} s"
        " (medians)"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code, as qa.evaluation.exit_codes has it."""
    parser = argparse.ArgumentParser(
        "python -m qa.evaluation.asked.written_answers", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("sets", nargs="+", type=Path, metavar="SET")
    parser.add_argument("--indexes", type=Path, required=True, metavar="FOLDER", help="where the indexes lie")
    parser.add_argument("--questions", type=int, default=25, metavar="N", help="of each set")
    parser.add_argument("--plain", action="store_true", help="ask the same model plainly, too")
    given = parser.parse_args(arguments)

    def work() -> None:
        server = LlmSettings.load()
        rows: list[dict[str, Any]] = []
        for folder in given.sets:
            for row in measure(folder, given.indexes, server, given.questions, plain=given.plain):
                rows.append(row)
                print(json.dumps(row, ensure_ascii=False), flush=True)
        print(_summary(rows), file=sys.stderr)

    return exit_code_of(work)


if __name__ == "__main__":
    sys.exit(main())
