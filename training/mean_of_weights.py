"""Write the mean of some checkpoints of one network.

    python training/mean_of_weights.py NEW.pt CHECKPOINT.pt...

Of runs that went out from the same weights the mean is often as good as the best at each of what they learnt.
Source: Wortsman et al., Model soups, ICML 2022.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch


def main() -> None:
    new, *checkpoints = map(Path, sys.argv[1:])
    stored = [torch.load(path, weights_only=True) for path in checkpoints]
    weights = {
        name: sum(entry["weights"][name] for entry in stored) / len(stored) if first.is_floating_point() else first
        for name, first in stored[0]["weights"].items()
    }
    torch.save({"step": sum(entry["step"] for entry in stored), "weights": weights}, new)


if __name__ == "__main__":
    main()
