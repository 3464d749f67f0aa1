"""What the reader is trained on, how much of each, in which half of the run, and which negatives are made of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from qa.training.data.phrasing import Phrasing
from qa.training.data.retrieved import Cut

WIKIPEDIA = {
    "same document": 0.20,
    "retrieved": 0.25,
    "answer cut out": 0.10,
    "name swapped": 0.20,
    "number swapped": 0.08,
    "opposite": 0.12,
    "negated": 0.05,
}
# Another review or tale may well answer a general question ("What did the reviewer like?"), so no other passage is
# offered as a negative there.
OWN_PASSAGE_ONLY = {"answer cut out": 0.5, "name swapped": 0.2, "opposite": 0.2, "negated": 0.1}
TYPED = {"retrieved": 0.75, "answer cut out": 0.15, "number swapped": 0.05, "opposite": 0.05}


@dataclass(frozen=True, slots=True)
class SourceShare:
    """`broad` and `close` count rows in the first and the second part; `negatives` is made rows per answerable row."""

    file: str
    source: str
    broad: int
    close: int
    negatives: float = 0.0
    kinds: tuple[tuple[str, float], ...] = ()
    unanswerable_only: bool = False


def _kinds(weights: dict[str, float]) -> tuple[tuple[str, float], ...]:
    return tuple(weights.items())


@dataclass(frozen=True, slots=True)
class Recipe:
    """The run goes from broad to close: what resembles SQuAD 2.0 most is seen most, and last, at the lowest rates.

    Left out, for what the data README says of them: ROPES (reasoning over a situation), SubjQA (opinions), PolicyQA and
    doc2dial (long answers), ESTER and MultiSpanQA (several spans), the sentence form of QAMR (its paragraph form is
    used), CoQA (its questions lean on their history), ClapNQ's whole-sentence answers.
    """

    shares: tuple[SourceShare, ...] = (
        SourceShare("squad20_train_500para", "squad20", 6600, 13200, 0.3, _kinds(WIKIPEDIA)),
        SourceShare("squad20_train_unansq_pairs_lower", "squad20_pairs", 3461, 6900, 0.0),
        SourceShare("squad11_13_articles", "squad11_13", 4557, 6800, 0.55, _kinds(WIKIPEDIA)),
        SourceShare("train_mix", "squad11_train_subset", 3970, 5900, 0.55, _kinds(WIKIPEDIA)),
        SourceShare("train_mix", "squadshifts_new_wiki", 7900, 6500, 0.5, _kinds(WIKIPEDIA)),
        SourceShare("train_mix", "nq_qed_train", 6900, 6500, 0.4, _kinds(TYPED)),
        SourceShare("hotpotqa_pieces", "hotpotqa", 2200, 0),
        SourceShare("musique_pieces", "musique", 735, 735),
        SourceShare("twowiki_pieces", "twowiki", 600, 0),
        SourceShare("timeqa_human_train_windows", "timeqa", 2300, 1000, 0.2, (("number swapped", 1.0),)),
        SourceShare("train_mix", "squadshifts_amazon_reviews", 7000, 0, 0.25, _kinds(OWN_PASSAGE_ONLY)),
        SourceShare("train_mix", "squadshifts_reddit", 7000, 0, 0.25, _kinds(OWN_PASSAGE_ONLY)),
        SourceShare("qamr_para_dev", "qamr", 5500, 0, 0.3, _kinds(WIKIPEDIA)),
        SourceShare("qamr_para_test", "qamr", 5500, 0, 0.3, _kinds(WIKIPEDIA)),
        SourceShare("tweetqa_train", "tweetqa", 3000, 1500, 0.1, _kinds(OWN_PASSAGE_ONLY)),
        SourceShare("train_mix", "quoref_contrast", 950, 0),
        SourceShare("train_mix", "fairytaleqa_train", 3000, 0, 0.2, _kinds(OWN_PASSAGE_ONLY)),
        SourceShare("train_mix", "covidqa", 500, 0),
        SourceShare("clapnq_dev", "clapnq", 300, 300, unanswerable_only=True),
        SourceShare("drop_contrast_spans", "drop_contrast", 250, 0),
    )
    broad_rows: int = 75_000
    close_rows: int = 55_000
    """Each part is cut to so many after it was mixed: together what two cores read in about an hour and a half."""
    cut: Cut = field(default_factory=Cut)
    phrasing: Phrasing = field(default_factory=Phrasing)
    longest_answer: int = 160
    superseded: float = 0.0
    """Of the rows that can be told as a change, so many come told so as well (qa.training.data.superseded)."""
    seed: int = 13

    def times(self, count: int) -> Recipe:
        """`count` times as many rows of everything: a row that comes again has other made ones, cuts and wordings with it."""
        return replace(
            self,
            shares=tuple(replace(one, broad=count * one.broad, close=count * one.close) for one in self.shares),
            broad_rows=count * self.broad_rows,
            close_rows=count * self.close_rows,
        )


_SEEN_ELSEWHERE = _kinds({"same document": 0.25, "retrieved": 0.35, "name swapped": 0.25, "number swapped": 0.15})

TEACHER = Recipe(
    shares=(
        SourceShare("squad20_train_500para", "squad20", 0, 4420),
        SourceShare("squad20_train_unansq_pairs_lower", "squad20_pairs", 0, 3467),
        SourceShare("squad11_13_articles", "squad11_13", 0, 2200, 0.25, _SEEN_ELSEWHERE),
        SourceShare("train_mix", "squad11_train_subset", 0, 1500, 0.25, _SEEN_ELSEWHERE),
        SourceShare("train_mix", "squadshifts_new_wiki", 0, 1500, 0.25, _SEEN_ELSEWHERE),
        SourceShare("train_mix", "nq_qed_train", 0, 1300, 0.35, _kinds({"retrieved": 1.0})),
    ),
    broad_rows=0,
    close_rows=20_000,
    phrasing=Phrasing(reworded=0.0),
    seed=31,
)
"""Few rows, as a step of the teacher takes long: above all people's own unanswerable questions, each of them once."""
