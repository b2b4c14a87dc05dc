"""Write the mean of checkpoints as fp16 safetensors with its config.json.

    python training/export_reader.py CHECKPOINT... FOLDER

Averaging checkpoints of one run does better than the last alone (Izmailov et al., arXiv:1803.05407).
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import torch
from reader_data import MAX_CONTEXT, MAX_LENGTH, MAX_QUESTION
from safetensors.torch import save_file
from train_reader import ANSWERED_HIDDEN, FROZEN_LAYERS, common_tokens

from alliance_qa.models import default


def main() -> None:
    stored = [torch.load(path, weights_only=True)["weights"] for path in sys.argv[1:-1]]
    folder = Path(sys.argv[-1])
    folder.mkdir(parents=True, exist_ok=True)
    mean = {k: torch.stack([weights[k].float() for weights in stored]).mean(0) for k in stored[0]}
    save_file({k: v.half().contiguous() for k, v in mean.items()}, folder / "model.safetensors")
    config = {
        "base": "all-MiniLM-L6-v2",
        "base_sha256": default.WEIGHTS_SHA256,  # its word embeddings and tokenizer are used as they are
        "sha256": hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest(),
        "hidden": ANSWERED_HIDDEN,
        "common_tokens": common_tokens(),
        "matched_at": FROZEN_LAYERS,
        "max_length": MAX_LENGTH,
        "max_question": MAX_QUESTION,
        "max_context": MAX_CONTEXT,
        "training": {
            "data": [
                "squad2-train-part",
                "qed-dev",
                "covid-qa",
                "policyqa-dev",
                "questions/development.jsonl",
                "questions/training.jsonl",
                "training/public_questions.jsonl",
            ],
            "licences": ["CC BY-SA 4.0", "Apache-2.0 / CC BY-SA 3.0", "Apache-2.0", "MIT", *["Apache-2.0"] * 3],
            "held_out": "training/held_out.json",
            "frozen_layers": FROZEN_LAYERS,
        },
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", "utf-8")
    print(folder, (folder / "model.safetensors").stat().st_size / 2**20, "MiB")


if __name__ == "__main__":
    main()
