"""Fits the decision: `python -m qa.training.decision.calibrate --judged FILE`.

Questions that no model was trained on are asked end to end (qa.training.decision.judged). A multinomial logistic regression
(qa.pipeline.confidence) learns from the evidence of the best candidate whether it is right (token F1 of at least 0.5 against an
answer), wrong though there is an answer, or without one to find. All figures reported are out of fold, with whole sets and
whole SQuAD articles held out.

Each question set counts alike, since a user's folder is like one of them and not like their sum; SQuAD, whose questions were
written with the passage in view, has a fifth of the weight. Half of SQuAD's questions are traps and a quarter of people's have
no answer: within every set the unanswerable rows are weighed to `UNANSWERABLE` of all, which is written into the calibration
and can be changed there, or by QA_UNANSWERABLE, without fitting anew.

More evidence was tried and left out, over four sets and SQuAD (1,429 questions): the reranker's logit, the cosine, how many
passages agree, the best logit of all passages, the answer's length. The area under the curve of "right" is 0.823 to 0.825 with
any of them and without; that of "absent" 0.826 with all of them, 0.82 with none.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING

from qa.evaluation.asked.protocol import DECISION_FITTED_ON
from qa.evaluation.asked.set_measures import SURE, TENTATIVE_COSTS, WRONG_COSTS
from qa.evaluation.calibration import calibration_error, equal_width
from qa.evaluation.question_sets import folder_of_set
from qa.evaluation.retrieval import OPEN_HALF
from qa.inference.encoder import shipped_encoder_folder
from qa.pipeline.confidence import Calibration, Linear
from qa.pipeline.models import LoadedModels
from qa.pipeline.ranking import ConfidenceFeatures
from qa.pipeline.reader import shipped_reader_folder
from qa.pipeline.reranker import shipped_reranker_folder
from qa.training.decision.judged import SQUAD, Judged, judge_all

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_QUESTIONS = "data/questions"
UNANSWERABLE = 0.25
"""The share of questions that the documents are expected not to answer: of people's own sets it is 28 %, traps included."""
SQUAD_SHARE = 0.2
FIRM_PRECISION = 0.80
"""So many of the firm answers are right."""
EVIDENCE = tuple(field.name for field in fields(ConfidenceFeatures))
_FOLDS = 5
_RIGHT, _WRONG, _ABSENT = 0, 1, 2


def fit(judged: Sequence[Judged]) -> Calibration:
    """The regression on all rows; the thresholds from out-of-fold probabilities."""
    firm, tentative = thresholds(judged, out_of_fold(judged)[:, _RIGHT])
    right, wrong = regression(judged)
    return Calibration(right, wrong, UNANSWERABLE, firm, tentative)


def out_of_fold(judged: Sequence[Judged]) -> Floats:
    """Probabilities of right, wrong and absent, shape (n, 3), each from a regression that saw nothing of the row's group."""
    import numpy as np
    from sklearn.model_selection import GroupKFold

    groups = [one.group for one in judged]
    probabilities = np.zeros((len(judged), 3))
    for train, test in GroupKFold(min(_FOLDS, len(set(groups)))).split(groups, groups=groups):
        right, wrong = regression([judged[place] for place in train])
        held = Calibration(right, wrong, UNANSWERABLE, 1.0, 1.0)
        for place in test:
            chances = held.probabilities(judged[place].evidence)
            probabilities[place] = chances.right, chances.wrong, chances.absent
    return probabilities


def regression(judged: Sequence[Judged]) -> tuple[Linear, Linear]:
    """The log-odds of right and of wrong against absent."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    features = np.array([[asdict(one.evidence)[name] for name in EVIDENCE] for one in judged])
    scale = features.std(axis=0) + 1e-9
    fitted = LogisticRegression(C=1.0, max_iter=2000).fit(
        features / scale, outcomes(judged), sample_weight=weights(judged)
    )
    coefficients, intercepts = fitted.coef_ / scale, fitted.intercept_

    def against_absent(outcome: int) -> Linear:
        slopes = coefficients[outcome] - coefficients[_ABSENT]
        named = {name: round(float(slope), 4) for name, slope in zip(EVIDENCE, slopes, strict=True)}
        return Linear(round(float(intercepts[outcome] - intercepts[_ABSENT]), 4), named)

    return against_absent(_RIGHT), against_absent(_WRONG)


def outcomes(judged: Sequence[Judged]) -> NDArray[np.int64]:
    """What became of the best candidate of each row, shape (n,)."""
    import numpy as np

    return np.array([_ABSENT if not one.answerable else _RIGHT if one.right else _WRONG for one in judged])


def weights(judged: Sequence[Judged]) -> Floats:
    """How much each row counts, shape (n,), of mean 1: see above."""
    import numpy as np

    sources = sorted({one.source for one in judged})
    others = [source for source in sources if source != SQUAD]
    share = {source: (1 - SQUAD_SHARE) / len(others) if SQUAD in sources else 1 / len(others) for source in others}
    share[SQUAD] = SQUAD_SHARE if others else 1.0
    made: Floats = np.zeros(len(judged))
    for source in sources:
        for answerable, part in ((True, 1 - UNANSWERABLE), (False, UNANSWERABLE)):
            places = [n for n, one in enumerate(judged) if one.source == source and one.answerable is answerable]
            made[places] = share[source] * part / max(1, len(places))
    scaled: Floats = made * (len(judged) / made.sum())
    return scaled


def thresholds(judged: Sequence[Judged], right: Floats) -> tuple[float, float]:
    """The least probabilities of firm and of tentative answers.

    Firm: the least at which FIRM_PRECISION of the answers are right. Tentative: where right answers minus the costs of wrong
    ones are worth most; of thresholds whose worth is within one standard error of that the highest, which refuses most (the
    one-standard-error rule of Breiman et al. 1984, section 3.4.3).
    """
    import numpy as np

    grid = [float(at) for at in np.round(np.linspace(0.02, 0.98, 97), 2)]
    firm = min((at for at in grid if _at(judged, right, at)["precision"] >= FIRM_PRECISION), default=1.0)
    worths = {at: _worth(judged, right, firm, at) for at in grid if at <= firm}
    best = max(worths, key=lambda at: worths[at])
    least = worths[best] - _standard_error(judged, right, firm, best)
    return firm, max(at for at, worth in worths.items() if worth >= least)


def curve(judged: Sequence[Judged], right: Floats) -> list[dict[str, float]]:
    """What each threshold of tentative answers is worth, for the model card."""
    firm, _ = thresholds(judged, right)
    steps = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7)
    return [{"threshold": at, "worth": _worth(judged, right, firm, at), **_at(judged, right, at)} for at in steps]


def _at(judged: Sequence[Judged], right: Floats, threshold: float) -> dict[str, float]:
    """With one threshold: the shares of answers that are right, of answerable ones answered, of unanswerable ones refused."""
    import numpy as np

    counts = weights(judged)
    given = right >= threshold
    is_right = outcomes(judged) == _RIGHT
    absent = outcomes(judged) == _ABSENT
    return {
        "precision": float((counts * is_right)[given].sum() / max(1e-9, counts[given].sum())),
        "answered": float(counts[given & ~absent].sum() / counts[~absent].sum()),
        "unanswerable_refused": float(counts[~given & absent].sum() / max(1e-9, counts[absent].sum())),
        "f1_of_answerable": float(
            (counts * np.where(given, [one.f1 for one in judged], 0.0))[~absent].sum() / counts[~absent].sum()
        ),
        "right_denied": float(counts[~given & is_right].sum() / counts[is_right].sum()),
    }


def _worth(judged: Sequence[Judged], right: Floats, firm: float, tentative: float) -> float:
    """Right answers minus the costs of wrong ones, a question."""
    counts = weights(judged)
    return float((counts * _gains(judged, right, firm, tentative)).sum() / counts.sum())


def _standard_error(judged: Sequence[Judged], right: Floats, firm: float, tentative: float) -> float:
    """The standard error of the worth, which is a weighted mean."""
    import numpy as np

    counts, gains = weights(judged), _gains(judged, right, firm, tentative)
    mean = (counts * gains).sum() / counts.sum()
    return float(np.sqrt((counts**2 * (gains - mean) ** 2).sum()) / counts.sum())


def _gains(judged: Sequence[Judged], right: Floats, firm: float, tentative: float) -> Floats:
    """What each row adds to the worth, shape (n,)."""
    import numpy as np

    cost = np.where(right >= firm, WRONG_COSTS, TENTATIVE_COSTS)
    return np.where(right < tentative, 0.0, np.where(outcomes(judged) == _RIGHT, 1.0, -cost))


def report(judged: Sequence[Judged]) -> dict[str, object]:
    """What the model card quotes, out of fold: over all rows as they are weighed, and by set."""
    import numpy as np

    chances = out_of_fold(judged)
    right, absent = chances[:, _RIGHT], chances[:, _ABSENT]
    firm, tentative = thresholds(judged, right)
    by_set = {}
    for source in sorted({one.source for one in judged}):
        places = np.array([n for n, one in enumerate(judged) if one.source == source])
        rows = [judged[place] for place in places]
        sure = [place for place in places if right[place] < tentative and absent[place] >= SURE]
        by_set[source] = {
            "questions": len(rows),
            "forced_f1": float(np.mean([one.f1 for one in rows if one.answerable])),
            "ece_right": calibration_error(right[places].tolist(), [one.right for one in rows], equal_width),
            "sure_refusals": len(sure),
            "sure_refusals_wrong": float(np.mean([judged[place].answerable for place in sure])) if sure else 0.0,
        }
    return {
        "questions": len(judged),
        "firm": firm,
        "tentative": tentative,
        "worth": _worth(judged, right, firm, tentative),
        "at_firm": _at(judged, right, firm),
        "at_tentative": _at(judged, right, tentative),
        "by_set": by_set,
        "curve": curve(judged, right),
    }


def calibrate(
    data: Path, sets: Sequence[str], reader: Path, reranker: Path, judged: Path, every: int = 1
) -> dict[str, object]:
    """Ask `sets` and SQuAD's open half, write the reader's calibration.json, and give the report.

    `sets` are folders, or names of sets in `data`/asked. What was judged before, in the file `judged`, is not asked again.
    """
    if not (reader / "calibration.json").exists():
        Calibration(Linear(0.0, {}), Linear(0.0, {}), UNANSWERABLE, 1.0, 1.0).save(reader)
    models = LoadedModels(shipped_encoder_folder(), reader=reader, reranker=reranker)
    judged.parent.mkdir(parents=True, exist_ok=True)
    folders = [folder_of_set(name, data) for name in sets]
    rows = judge_all(folders, data / "eval" / OPEN_HALF.name, models, judged, every)
    fit(rows).save(reader)
    return report(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description="Fit the decision on questions that no model was trained on.")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument(
        "--sets",
        default=",".join(f"{_QUESTIONS}/{name}" for name in DECISION_FITTED_ON),
        help="question sets that the models have not seen",
    )
    parser.add_argument("--reader", type=Path, default=shipped_reader_folder(), help="gets the calibration.json")
    parser.add_argument("--reranker", type=Path, default=shipped_reranker_folder())
    parser.add_argument("--judged", type=Path, required=True, help="a file of what was asked, kept and used again")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="ask every Nth question only")
    given = parser.parse_args()
    made = calibrate(given.data, given.sets.split(","), given.reader, given.reranker, given.judged, given.every)
    print(json.dumps(made, indent=2))


if __name__ == "__main__":
    main()
