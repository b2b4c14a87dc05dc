"""Write the mean of checkpoints as fp16 safetensors with its config.json.

    python training/export_reader.py CHECKPOINT... FOLDER [--base multilingual-e5-small --less 0.4 0.0]

Averaging checkpoints of one run does better than the last alone (Izmailov et al., arXiv:1803.05407).
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from reader_data import MAX_CONTEXT, MAX_LENGTH, MAX_QUESTION, MULTILINGUAL, PLANS
from safetensors.torch import save_file
from train_reader import ANSWERED_HIDDEN, MATCHED_AT, common_tokens

from alliance_qa.models import default, multilingual

LICENCES = {
    "squad1-part": "CC BY-SA 4.0",
    "squad2-train-part": "CC BY-SA 4.0",
    "timeqa-human": "BSD-3-Clause",
    "condaqa-part": "Apache-2.0",
    "fairytaleqa": "Apache-2.0",
    "sleepqa": "MIT",
    "selqa-part": "Apache-2.0",
    "qamr-part": "MIT",
    "policyqa-dev": "MIT",
    "covid-qa": "Apache-2.0",
    "qed-dev": "Apache-2.0 / CC BY-SA 3.0",
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("checkpoints", type=Path, nargs="+")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--base", choices=[default.NAME, multilingual.NAME], default=default.NAME)
    parser.add_argument("--less", type=float, nargs=2, default=(0, 0), help="of log odds, within a language and across")
    options = parser.parse_args()
    stored = [torch.load(path, weights_only=True)["weights"] for path in options.checkpoints]
    folder = options.folder
    folder.mkdir(parents=True, exist_ok=True)
    mean = {k: torch.stack([weights[k].float() for weights in stored]).mean(0) for k in stored[0]}
    save_file({k: v.half().contiguous() for k, v in mean.items()}, folder / "model.safetensors")
    digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    config = _multilingual(digest, *options.less) if options.base == multilingual.NAME else _default(digest)
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", "utf-8")
    print(folder, (folder / "model.safetensors").stat().st_size / 2**20, "MiB")


def _multilingual(digest: str, within: float, across: float) -> dict[str, Any]:
    return {
        "base": multilingual.NAME,
        "sha256": digest,
        "max_length": MULTILINGUAL.length,
        "max_question": MULTILINGUAL.question,
        "max_context": MULTILINGUAL.context,
        "less": {"within": within, "across": across},
    }


def _default(digest: str) -> dict[str, Any]:
    return {
        "base": "all-MiniLM-L6-v2",
        "base_sha256": default.WEIGHTS_SHA256,  # its word embeddings and tokenizer are used as they are
        "sha256": digest,
        "hidden": ANSWERED_HIDDEN,
        "common_tokens": common_tokens(),
        "matched_at": MATCHED_AT,
        "max_length": MAX_LENGTH,
        "max_question": MAX_QUESTION,
        "max_context": MAX_CONTEXT,
        "training": {
            "data": {name: LICENCES[name] for name in PLANS}
            | dict.fromkeys(
                [
                    *(f"questions/{name}.jsonl" for name in ("development", "training")),
                    *(f"training/{name}_questions.jsonl" for name in ("document", "text", "public")),
                ],
                "Apache-2.0",
            ),
            "held_out": "training/reader_data.is_held_out, training/question_data.HELD_OUT_TEXTS",
        },
    }


if __name__ == "__main__":
    main()
