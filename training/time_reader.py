"""Milliseconds a question over 5 and 10 passages of about 150 tokens, with one and two threads."""

from __future__ import annotations

import os
import time

import numpy as np
import torch

from alliance_qa.models.reader import ExtractiveReader
from alliance_qa.ports import PassageInput
from alliance_qa.text.sentences import split_sentences

_SENTENCE = "The two governments agreed in {} that the base would return when a replacement was ready on the coast. "
_QUESTION = "When did the two governments agree that the base would return?"


def main() -> None:
    print("load", [round(n, 1) for n in os.getloadavg()])
    texts = ["".join(_SENTENCE.format(1950 + 8 * k + i) for i in range(7)) for k in range(10)]
    passages = [PassageInput("The alliance\nBases", text, tuple(split_sentences(text))) for text in texts]
    reader = ExtractiveReader()
    for threads in (1, 2):
        torch.set_num_threads(threads)
        for count in (5, 10):
            wall = []
            for _ in range(23):
                started = time.perf_counter()
                reader.read(_QUESTION, passages[:count])
                wall.append(1000 * (time.perf_counter() - started))
            least, middle = np.min(wall[3:]), np.median(wall[3:])
            print(f"{threads} threads, {count} passages: least {least:.0f} ms, median {middle:.0f} ms")


if __name__ == "__main__":
    main()
