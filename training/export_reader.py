"""Write a checkpoint as fp16 safetensors with its config.json.

python training/export_reader.py CHECKPOINT FOLDER [FIGURES.json]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch
from reader_data import HELD_OUT_ARTICLES, MAX_CONTEXT, MAX_LENGTH, MAX_QUESTION, SEED
from safetensors.torch import save_file
from train_reader import ANSWERED_HIDDEN, FROZEN_LAYERS, common_tokens

from alliance_qa.embedding import DEFAULT_WEIGHTS_SHA256


def main() -> None:
    stored = torch.load(sys.argv[1], weights_only=True)
    folder = Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    save_file({k: v.half().contiguous() for k, v in stored["weights"].items()}, folder / "model.safetensors")
    figures = json.loads(Path(sys.argv[3]).read_text("utf-8")) if len(sys.argv) > 3 else {}
    config = {
        "base": "all-MiniLM-L6-v2",
        "base_sha256": DEFAULT_WEIGHTS_SHA256,  # its word embeddings and tokenizer are used as they are
        "answered_hidden": ANSWERED_HIDDEN,
        "common_tokens": common_tokens(),
        "matched_at": FROZEN_LAYERS,
        "max_length": MAX_LENGTH,
        "max_question": MAX_QUESTION,
        "max_context": MAX_CONTEXT,
        "temperature": figures.pop("temperature", 1.0),
        "threshold": figures.pop("threshold", 0.5),
        "training": {
            "data": ["squad2-train-part", "qed-dev", "covid-qa", "policyqa-dev"],
            "licences": ["CC BY-SA 4.0", "Apache-2.0 / CC BY-SA 3.0", "Apache-2.0", "MIT"],
            "held_out_articles": HELD_OUT_ARTICLES,
            "seed": SEED,
            "steps": stored["step"],
            "frozen_layers": FROZEN_LAYERS,
        },
        "figures": figures,
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", "utf-8")
    print(folder, (folder / "model.safetensors").stat().st_size / 2**20, "MiB")


if __name__ == "__main__":
    main()
