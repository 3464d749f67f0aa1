from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from qa.errors import IndexDamaged, IndexForeign, IndexOfOtherProgram
from qa.index.sqlite.database import FILE_NAME, open_existing
from tests.conftest import ROOT
from tests.damage import KINDS, outcomes


@pytest.mark.parametrize("kind", KINDS)
def test_an_ask_over_a_damaged_index_is_right_or_rebuilt_or_a_named_error(kind: str) -> None:
    came = [outcome for _, outcome in outcomes(ROOT / "index", kind, 25, seed=1)]
    assert len(came) == 25
    assert set(came) <= {"right", "rebuilt", "IndexDamaged", "IndexMissing"}


def test_no_flip_in_the_header_of_the_database_goes_unseen(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "index", tmp_path / "index")
    file = tmp_path / "index" / FILE_NAME
    whole = file.read_bytes()
    for bit in range(100 * 8):
        flipped = bytearray(whole)
        flipped[bit // 8] ^= 1 << bit % 8
        file.write_bytes(flipped)
        with pytest.raises((IndexDamaged, IndexForeign, IndexOfOtherProgram)):
            open_existing(tmp_path / "index")
