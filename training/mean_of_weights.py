"""Write the mean of some checkpoints, or readers as they are shipped, of one network.

    python training/mean_of_weights.py NEW.pt CHECKPOINT...

Of runs that went out from the same weights the mean is often as good as the best at each of what they learnt.
Source: Wortsman et al., Model soups, ICML 2022.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from train_reader import stored_weights


def main() -> None:
    new, *checkpoints = map(Path, sys.argv[1:])
    stored, steps = zip(*map(stored_weights, checkpoints), strict=True)
    weights = {
        name: sum(each[name] for each in stored) / len(stored) if first.is_floating_point() else first
        for name, first in stored[0].items()
    }
    torch.save({"step": sum(steps), "weights": weights}, new)


if __name__ == "__main__":
    main()
