"""The reader: whether and where passages answer a question. Needs torch, transformers and safetensors only."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional
from transformers import BertConfig, BertModel, BertTokenizerFast

CLS, SEP = 101, 102
MAX_SPAN = 60  # tokens; the longest answer


class ReaderNetwork(nn.Module):
    """BERT with a head for the span's borders and one for whether there is any.

    The second head sees the state of [CLS] and the mean of the passage's states, weighted by
    how likely the answer starts or ends there.
    """

    def __init__(self, config: BertConfig, hidden: int, common: Sequence[int], matched_at: int) -> None:
        """Build a network.

        Args:
            config: Of the encoder.
            hidden: Width within the second head.
            common: Tokens of stop words and punctuation, whose presence in both parts says nothing.
            matched_at: The layer before which tokens that stand in both parts are marked.
        """
        super().__init__()
        self.bert = BertModel(config, add_pooling_layer=False)
        size = config.hidden_size
        self.marks = nn.Linear(2, size, bias=False)
        nn.init.zeros_(self.marks.weight)
        self.borders = nn.Sequential(nn.Linear(size, size), nn.GELU(), nn.Linear(size, 2))
        self.answered = nn.Sequential(nn.Linear(3 * size + 2, hidden), nn.GELU(), nn.Linear(hidden, 1))
        telling = torch.ones(config.vocab_size, dtype=torch.bool)
        telling[list(common)] = False
        self.register_buffer("telling", telling, persistent=False)
        self._marked: torch.Tensor | None = None
        self.bert.encoder.layer[matched_at].register_forward_pre_hook(self._mark)

    def _mark(self, _: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        return (inputs[0] + self.marks(self._marked).to(inputs[0].dtype), *inputs[1:])

    def forward(
        self, ids: torch.Tensor, kinds: torch.Tensor, mask: torch.Tensor, passage: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return start and end logits, shape (batch, tokens), and answerability logits, shape (batch,).

        Args:
            ids: Tokens, shape (batch, tokens).
            kinds: 0 for the question's, 1 for the passage's.
            mask: 1 where a token stands, 0 where padding does.
            passage: True where an answer may stand.
        """
        telling = self.telling[ids] & mask.bool()
        asked, said = telling & (kinds == 0), telling & (kinds == 1)
        same = (ids.unsqueeze(1) == ids.unsqueeze(2)) & asked.unsqueeze(1) & said.unsqueeze(2)  # (batch, said, asked)
        matched = same.any(2).float()
        near = functional.avg_pool1d(matched.unsqueeze(1), 31, 1, 15).squeeze(1) * 5
        self._marked = torch.stack([matched, near], dim=-1).to(self.marks.weight.dtype)
        states = self.bert(input_ids=ids, token_type_ids=kinds, attention_mask=mask).last_hidden_state
        logits = self.borders(states).float().masked_fill(~passage.unsqueeze(-1), -1e4)
        weights = logits.detach().softmax(dim=1).to(states.dtype)  # (batch, tokens, 2)
        there = torch.einsum("btk,bth->bkh", weights, states).flatten(1)
        covered = same.any(1).float().sum(1) / asked.float().sum(1).clamp(min=1)
        overlap = torch.stack([covered, near.max(1).values], dim=1).to(states.dtype)
        answered = self.answered(torch.cat([states[:, 0], there, overlap], dim=1)).float().squeeze(-1)
        return logits[..., 0], logits[..., 1], answered


def best_span(start: torch.Tensor, end: torch.Tensor) -> tuple[int, int, float]:
    """Return the first and last token of the likeliest span and its log probability; 1-d logits of passage tokens."""
    first, last = start.log_softmax(0), end.log_softmax(0)
    scores = first.unsqueeze(1) + last.unsqueeze(0)
    ones = torch.ones_like(scores, dtype=torch.bool)
    scores = scores.masked_fill(~(ones.triu() & ~ones.triu(MAX_SPAN)), -1e9)
    at = int(scores.argmax())
    return at // len(end), at % len(end), float(scores.flatten()[at])


def collate(rows: Sequence[tuple[Sequence[int], int, int]]) -> tuple[torch.Tensor, ...]:
    """Pad rows of (ids, where the second part begins, where the passage begins)."""
    longest = max(len(ids) for ids, _, _ in rows)
    ids = torch.zeros(len(rows), longest, dtype=torch.long)
    kinds, mask = torch.zeros_like(ids), torch.zeros_like(ids)
    passage = torch.zeros(len(rows), longest, dtype=torch.bool)
    for i, (tokens, second, begin) in enumerate(rows):
        size = len(tokens)
        ids[i, :size] = torch.as_tensor(tokens, dtype=torch.long)
        kinds[i, second:size] = 1
        mask[i, :size] = 1
        passage[i, begin : size - 1] = True
    return ids, kinds, mask, passage


class Reader:
    """A trained reader."""

    def __init__(self, folder: Path, base: Path, dtype: torch.dtype = torch.float32) -> None:
        """Load a reader.

        Args:
            folder: Holds config.json and model.safetensors.
            base: The folder of all-MiniLM-L6-v2: tokenizer, shape and the word embeddings, which training leaves alone.
            dtype: What to compute in.
        """
        self.config: dict[str, Any] = json.loads((folder / "config.json").read_text("utf-8"))
        self._tokenizer = BertTokenizerFast(str(base / "vocab.txt"), do_lower_case=True)
        network = ReaderNetwork(
            BertConfig.from_pretrained(base),
            self.config["answered_hidden"],
            self.config["common_tokens"],
            self.config["matched_at"],
        )
        words = "embeddings.word_embeddings.weight"
        weights = {name: w.float() for name, w in load_file(folder / "model.safetensors").items()}
        weights["bert." + words] = load_file(base / "model.safetensors")[words].float()
        network.load_state_dict(weights)
        self._network = network.eval().to(dtype)

    @torch.inference_mode()
    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[tuple[float, tuple[int, int], float]]:
        """Read passages for an answer.

        Args:
            question: What is asked.
            passages: Each a context (title and headings) and a text.

        Returns:
            For each passage: the probability that it answers, the span in characters of its text, and the
            probability of that span among all of the passage.
        """
        if not passages:
            return []
        config = self.config
        asked = self._tokenizer(question, add_special_tokens=False, verbose=False)["input_ids"][
            : config["max_question"]
        ]
        contexts = self._tokenizer([c for c, _ in passages], add_special_tokens=False, verbose=False)["input_ids"]
        texts = self._tokenizer(
            [t for _, t in passages], add_special_tokens=False, return_offsets_mapping=True, verbose=False
        )
        rows, offsets = [], []
        for context, ids, places in zip(contexts, texts["input_ids"], texts["offset_mapping"], strict=True):
            front = [CLS, *asked, SEP, *context[: config["max_context"]]]
            room = config["max_length"] - len(front) - 1
            rows.append(([*front, *ids[:room], SEP], len(asked) + 2, len(front)))
            offsets.append(places[:room])
        start, end, answered = self._network(*collate(rows))
        probabilities = torch.sigmoid(answered / config["temperature"]).tolist()
        found = []
        for i, (tokens, _, begin) in enumerate(rows):
            if not offsets[i]:
                found.append((0.0, (0, 0), 0.0))
                continue
            first, last, score = best_span(start[i, begin : len(tokens) - 1], end[i, begin : len(tokens) - 1])
            found.append(
                (probabilities[i], (offsets[i][first][0], offsets[i][last][1]), float(torch.tensor(score).exp()))
            )
        return found
