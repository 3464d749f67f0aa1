"""Fits the confidence model on the open evaluation half: `python -m qa.training.calibrate`.

Every question of a SQuAD 2.0 style file is asked as a user would ask it: its articles are the documents, passages are
retrieved and read. Two logistic regressions (see qa.pipeline.confidence) learn from the evidence of the best candidate whether it is
right (token F1 of at least 0.5 against a gold answer), and whether there is no answer at all. All figures reported are out
of fold, with whole articles held out, since questions about one article are alike.

More evidence was tried and left out, with the reader of 25 November: out-of-fold F1 is 65.6 with the five kinds there are
(area under the ROC curve of "right" 0.817). With one more: whether the answer is of the kind asked for 65.6, the kind of
question 65.6, the share of its words (weighed by rarity) that stand in the sentence 65.4, in the passage 65.5, names that
the passage lacks 65.5, numbers 65.6, the answer's length 65.7, its sentence's cosine to the question 66.1 (for one more
text to encode). With all of them 65.8, and with boosted trees over all of them 65.8 (0.821). Nor does the cosine choose a
better one of five candidates (74.2 to 74.3).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.encoder import OnnxEncoder, shipped_encoder_folder
from qa.evaluation.retrieval import OPEN_HALF, indexed, read_rows
from qa.evaluation.scores import exact, f1
from qa.index.reader import IndexReader
from qa.passages import PASSAGE_TOKENS
from qa.pipeline.confidence import Calibration, Logistic
from qa.pipeline.ranking import Evidence, rank
from qa.pipeline.reader import Reader, shipped_reader_folder
from qa.pipeline.retriever import retrieve
from qa.settings import Settings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FOLDS = 5
_BINS = 15
_RIGHT = ("margin", "lead", "retrieval", "cosine", "agreement")
_ABSENT = ("margin", "retrieval", "cosine", "agreement")


@dataclass(frozen=True, slots=True)
class Asked:
    """One question after asking: the best candidate's evidence and scores, whether it can be answered, and its article."""

    article: str
    answerable: bool
    evidence: Evidence
    f1: float
    exact: bool


def ask_all(rows: Sequence[dict[str, Any]], reader_folder: Path) -> list[Asked]:
    """Ask all `rows` over the articles that they come from."""
    encoder, reader = OnnxEncoder(shipped_encoder_folder()), Reader(reader_folder)
    with indexed(articles_of(rows), encoder, PASSAGE_TOKENS) as index:
        return [ask(row, index, encoder, reader) for row in rows]


def fit(asked: Sequence[Asked]) -> Calibration:
    """Both regressions on all rows; the threshold from out-of-fold probabilities, for the best overall F1."""
    right, absent = _targets(asked)
    probabilities = out_of_fold(asked, right, _RIGHT)
    return Calibration(
        right=_regression(asked, right, _RIGHT),
        absent=_regression(asked, absent, _ABSENT),
        threshold=best_threshold(asked, probabilities)[0],
    )


def out_of_fold(asked: Sequence[Asked], target: NDArray[np.bool_], names: Sequence[str]) -> NDArray[np.float64]:
    """Probability of `target` for every row, shape (n,), from a regression that saw none of its article."""
    import numpy as np
    from sklearn.model_selection import GroupKFold

    probabilities = np.zeros(len(asked))
    articles = [row.article for row in asked]
    for train, test in GroupKFold(_FOLDS).split(articles, groups=articles):
        logistic = _regression([asked[place] for place in train], target[train], names)
        probabilities[test] = [logistic.probability(asked[place].evidence) for place in test]
    return probabilities


def best_threshold(asked: Sequence[Asked], probabilities: NDArray[np.float64]) -> tuple[float, float]:
    """The threshold with the best overall F1 (an unanswerable row scores 1 when it is refused), and that F1."""
    import numpy as np

    scores = np.array([row.f1 if row.answerable else 0.0 for row in asked])
    refused = np.array([0.0 if row.answerable else 1.0 for row in asked])
    grid = np.linspace(0.0, 1.0, 201)
    overall = [float(np.where(probabilities >= threshold, scores, refused).mean()) for threshold in grid]
    best = int(np.argmax(overall))
    return float(grid[best]), overall[best]


def calibration_error(probabilities: NDArray[np.float64], outcome: NDArray[np.bool_]) -> float:
    """Expected calibration error with 15 bins of equal width (Guo et al. 2017, eq. 3)."""
    import numpy as np

    bins = np.minimum((probabilities * _BINS).astype(int), _BINS - 1)
    gaps = [
        abs(probabilities[bins == place].mean() - outcome[bins == place].mean()) * (bins == place).mean()
        for place in np.unique(bins)
    ]
    return float(sum(gaps))


def calibrate(data: Path, folder: Path) -> dict[str, float]:
    """Fit the reader in `folder` on an evaluation file, write its calibration.json, and give the report."""
    asked = ask_all(read_rows(data), folder)
    fit(asked).save(folder)
    return report(asked)


def report(asked: Sequence[Asked]) -> dict[str, float]:
    """What the model card quotes, out of fold."""
    import numpy as np

    right, absent = _targets(asked)
    probabilities = out_of_fold(asked, right, _RIGHT)
    nothing = out_of_fold(asked, absent, _ABSENT)
    threshold, overall = best_threshold(asked, probabilities)
    answered = probabilities >= threshold
    answerable = ~absent
    confidence = np.where(answered, probabilities, nothing)
    outcome = np.where(answered, right, absent)
    exact = np.array([row.exact for row in asked])
    f1s = np.array([row.f1 for row in asked])
    return {
        "questions": len(asked),
        "threshold": threshold,
        "f1": 100 * overall,
        "answerable_f1": 100 * float(np.where(answered, f1s, 0.0)[answerable].mean()),
        "answerable_forced_f1": 100 * float(f1s[answerable].mean()),
        "answerable_forced_em": 100 * float(exact[answerable].mean()),
        "unanswerable_refused": 100 * float((~answered)[absent].mean()),
        "answered_right": 100 * float(right[answered].mean()),
        "ece": calibration_error(confidence, outcome),
        "ece_answered": calibration_error(probabilities, right),
    }


def _targets(asked: Sequence[Asked]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    import numpy as np

    right = np.array([row.answerable and row.f1 >= 0.5 for row in asked])
    return right, np.array([not row.answerable for row in asked])


def _regression(asked: Sequence[Asked], target: NDArray[np.bool_], names: Sequence[str]) -> Logistic:
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    features = np.array([[asdict(row.evidence)[name] for name in names] for row in asked])
    scale = features.std(axis=0) + 1e-9
    fitted = LogisticRegression(C=1.0, max_iter=1000).fit(features / scale, target)
    weights = fitted.coef_[0] / scale
    return Logistic(
        intercept=round(float(fitted.intercept_[0]), 4),
        weights={name: round(float(weight), 4) for name, weight in zip(names, weights, strict=True)},
    )


def ask(row: dict[str, Any], index: IndexReader, encoder: OnnxEncoder, reader: Reader) -> Asked:
    """One question, over `articles_of` the rows."""
    question = row["question"]
    hits = retrieve(index, question, encoder.encode([question])[0], Settings().passages_read)
    best = rank(hits, reader.read(question, [hit.passage for hit in hits]), 1)[0]
    golds = [answer["text"] for answer in row["answers"]]
    return Asked(
        article=row["title"],
        answerable=bool(golds),
        evidence=best.evidence,
        f1=f1(best.text, golds),
        exact=bool(exact(best.text, golds)),
    )


def articles_of(rows: Sequence[dict[str, Any]]) -> dict[str, str]:
    """The text of each article, by a path."""
    articles: dict[str, dict[str, None]] = {}
    for row in rows:
        articles.setdefault(row["title"], {})[row["context"]] = None
    return {f"{number:03}.txt": "\n\n".join(paragraphs) for number, paragraphs in enumerate(articles.values())}


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Fit the confidence model on an evaluation file, never on training rows."
    )
    parser.add_argument("--data", type=Path, default=OPEN_HALF, help="SQuAD 2.0 style JSON Lines, gzip")
    parser.add_argument("--reader", type=Path, default=shipped_reader_folder(), help="folder of the reader")
    arguments = parser.parse_args()
    print(json.dumps(calibrate(arguments.data, arguments.reader), indent=2))


if __name__ == "__main__":
    main()
