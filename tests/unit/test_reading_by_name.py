"""Questions by the name of what the answering sentence calls by its kind, and the same of another name, which has no answer.

`pytest tests/unit/test_reading_by_name.py -s` prints what putting names in (qa.text.mentions) is worth on these ten texts, which were
written for it and chosen by nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import mean

import pytest

from qa.pipeline import inputs
from qa.text.mentions import Named
from tests.unit.models import reader

_FOR_PASSAGES_ALONE = 5.9
"""The threshold of the model card."""


@dataclass(frozen=True)
class ByName:
    text: str
    question: str
    answer: str
    name: str
    other: str
    heading: str | None = None
    before: str = ""
    own_path: str = ""


CASES = (
    ByName(
        "Trucks leave each morning from the Halden depot, which employs 60 drivers. The council agreed in 1998 to let the firm use"
        " the depot for ten years. It was enlarged in 2004. In 2008 the council agreed to let the firm use the depot for another"
        " 30 years.",
        "How long is the Halden lease?", "30 years", "Halden", "Brunn",
    ),
    ByName(
        "Tourists love the Orva lighthouse, built by two brothers. Storms damaged it in 1950. The state paid 2 million crowns to"
        " repair the lighthouse in 1999.",
        "How much was the Orva repair?", "2 million", "Orva", "Selby",
    ),
    ByName(
        "Protests began at the Malin refinery in May. Police counted 400 people on Monday. The owners said on Friday that they"
        " would close the refinery for six weeks.",
        "How long is the Malin closure?", "six weeks", "Malin", "Dorset",
    ),
    ByName(
        "Students of Tarn University went on strike. Professors joined them. The university had raised its fees to 900 dollars a"
        " term.",
        "How high are the Tarn fees?", "900", "Tarn", "Leeds",
    ),
    ByName(
        "A fire broke out in the Sorby warehouse on Sunday. Forty men fought it. The warehouse had been insured for 3 million"
        " euros by its owner.",
        "What was the Sorby insurance sum?", "3 million", "Sorby", "Kettle",
    ),
    ByName(
        "Divers explored the Kestrel wreck in June. They found coins. The wreck lies at a depth of 62 metres.",
        "How deep is the Kestrel?", "62", "Kestrel", "Falcon",
    ),
    ByName(
        "Ministers met at the Lund summit. Bread prices had doubled. At the summit they promised 40 million dollars for wheat.",
        "What was promised at Lund?", "40 million", "Lund", "Turin",
    ),
    ByName(
        "The Brekke mine has worked since 1880. Miners come from three towns. In 2015 the mine produced 9,000 tonnes of copper.",
        "What was the Brekke output in 2015?", "9,000", "Brekke", "Molde",
    ),
    ByName(
        "Fans travelled to the Garda stadium by train. The trains were late. The stadium holds 31,000 people.",
        "What is the Garda capacity?", "31,000", "Garda", "Como",
    ),
    ByName(
        "Nurses of the Vetra hospital wrote to the minister. He did not reply. The hospital has only 12 doctors for 300 beds.",
        "How many doctors does Vetra have?", "12", "Vetra", "Kolin",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Margins:
    """Of the cases' best spans: asked by the name (and whether the answer is in them), and asked by the other."""

    named: list[float]
    right: list[bool]
    other: list[float]

    def __str__(self) -> str:
        sure = sum(
            right and margin >= _FOR_PASSAGES_ALONE for right, margin in zip(self.right, self.named, strict=True)
        )
        wrong = sum(margin >= _FOR_PASSAGES_ALONE for margin in self.other)
        return f"right {sum(self.right)}, answered so {sure}, mean margin {mean(self.named):.1f}; other name answered {wrong}, {mean(self.other):.1f}"


def margins() -> Margins:
    found = Margins([], [], [])
    for case in CASES:
        text, margin = best(case, case.question)
        found.named.append(margin)
        found.right.append(case.answer in text)
        found.other.append(best(case, case.question.replace(case.name, case.other))[1])
    return found


def best(case: ByName, question: str) -> tuple[str, float]:
    found = reader().read(question, [case])[0]
    span = found.spans[0]
    return case.text[span.start : span.end], span.score - found.no_answer_score


def test_a_name_put_in_helps_the_one_who_asks_by_it_and_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    with_names = margins()
    monkeypatch.setattr(inputs, "with_names", lambda text, before: Named(text))
    without = margins()
    print(f"\nwith names: {with_names}\nwithout: {without}")
    assert sum(with_names.right) >= 9
    assert mean(with_names.named) > mean(without.named) + 1
    assert mean(with_names.other) < mean(without.other) - 1
