"""The end-to-end benchmark over question sets (qa.evaluation.question_sets): `python -m qa.evaluation.asked SET...`."""
