"""The reader's network: BERT with a head for where the answer stands and one for whether it does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from torch.nn import functional
from transformers import BertConfig, BertModel

CLS, SEP = 101, 102
_LONGEST_SPAN = 60  # tokens
_NEAR = 31  # tokens around one, within which others that the question has are counted

Row = tuple[Sequence[int], int, int]
"""Tokens of a question and a passage, where the second part begins, and where in it the passage does."""


class ReaderNetwork(nn.Module):
    """A question and a passage in; the logits of the answer's borders and of there being one out.

    Tokens of the passage that stand in the question too are marked before one of the layers: a
    learned vector for the match, and one for how many stand near. The head that says whether the
    passage answers sees the state of [CLS], the states where the answer likely starts and ends,
    and two measures of overlap. The borders' head is that of SQuAD readers (Devlin et al. 2019).
    """

    def __init__(self, config: BertConfig, *, hidden: int, common: Sequence[int], matched_at: int) -> None:
        """Build a network with fresh heads.

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
        self.telling: torch.Tensor
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
        near = functional.avg_pool1d(matched.unsqueeze(1), _NEAR, 1, _NEAR // 2).squeeze(1) * 5
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
    """Return the first and last token of the likeliest span of at most 60, and its probability.

    Args:
        start: Logits of the passage's tokens, shape (tokens,).
        end: Likewise.
    """
    scores = start.log_softmax(0).unsqueeze(1) + end.log_softmax(0).unsqueeze(0)
    ones = torch.ones_like(scores, dtype=torch.bool)
    scores = scores.masked_fill(~(ones.triu() & ~ones.triu(_LONGEST_SPAN)), -torch.inf)
    at = int(scores.argmax())
    return at // len(end), at % len(end), float(scores.flatten()[at].exp())


def collate(rows: Sequence[Row]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Pad rows to the arguments of `ReaderNetwork.forward`, shape (rows, longest)."""
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
