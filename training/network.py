"""The reader's network: BERT with heads for what answers, where it stands, and what is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.nn import functional
from transformers import BertConfig, BertModel

from alliance_qa.models import heads
from alliance_qa.models.heads import KINDS, NEAR, Row


class Logits(NamedTuple):
    """What the network says about rows."""

    start: torch.Tensor  # of the short answer, shape (batch, tokens)
    end: torch.Tensor  # likewise
    answered: torch.Tensor  # whether the passage answers, shape (batch,)
    sentences: torch.Tensor  # whether a sentence is part of the answer, shape (batch, sentences)
    kinds: torch.Tensor  # what is asked for, shape (batch, len(KINDS))


class ReaderNetwork(nn.Module):
    """A question and a passage in; what answers out.

    Tokens of the passage that stand in the question too are marked before one of the layers: a
    learned vector for the match, and one for how many stand near. The head that says whether the
    passage answers sees the state of [CLS], the states where the answer likely starts and ends,
    and two measures of overlap. The borders' head is that of SQuAD readers (Devlin et al. 2019);
    that of the sentences sees the mean and the maximum of their tokens, as in answer sentence
    selection (Garg et al. 2020) within one pass over the passage (Chirkova et al. 2025).
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
        self.parts = nn.Sequential(nn.Linear(3 * size, hidden), nn.GELU(), nn.Linear(hidden, 1))
        self.kinds = nn.Sequential(nn.Linear(2 * size, hidden), nn.GELU(), nn.Linear(hidden, len(KINDS)))
        telling = torch.ones(config.vocab_size, dtype=torch.bool)
        telling[list(common)] = False
        self.telling: torch.Tensor
        self.register_buffer("telling", telling, persistent=False)
        self._marked: torch.Tensor | None = None
        self.bert.encoder.layer[matched_at].register_forward_pre_hook(self._mark)

    def _mark(self, _: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        return (inputs[0] + self.marks(self._marked).to(inputs[0].dtype), *inputs[1:])

    def forward(self, ids: torch.Tensor, kinds: torch.Tensor, mask: torch.Tensor, sentences: torch.Tensor) -> Logits:
        """Return the logits of a batch.

        Args:
            ids: Tokens, shape (batch, tokens).
            kinds: 0 for the question's, 1 for the passage's.
            mask: 1 where a token stands, 0 where padding does.
            sentences: Which sentence of the passage a token stands in, from 0; -1 outside of the passage.
        """
        telling = self.telling[ids] & mask.bool()
        asked, said = telling & (kinds == 0), telling & (kinds == 1)
        same = (ids.unsqueeze(1) == ids.unsqueeze(2)) & asked.unsqueeze(1) & said.unsqueeze(2)  # (batch, said, asked)
        matched = same.any(2).float()
        near = functional.avg_pool1d(matched.unsqueeze(1), NEAR, 1, NEAR // 2).squeeze(1) * 5
        self._marked = torch.stack([matched, near], dim=-1).to(self.marks.weight.dtype)
        states = self.bert(input_ids=ids, token_type_ids=kinds, attention_mask=mask).last_hidden_state
        first = states[:, 0]
        logits = self.borders(states).float().masked_fill((sentences < 0).unsqueeze(-1), -1e4)
        weights = logits.detach().softmax(dim=1).to(states.dtype)  # (batch, tokens, 2)
        there = torch.einsum("btk,bth->bkh", weights, states).flatten(1)
        covered = same.any(1).float().sum(1) / asked.float().sum(1).clamp(min=1)
        overlap = torch.stack([covered, near.max(1).values], dim=1).to(states.dtype)
        answered = self.answered(torch.cat([first, there, overlap], dim=1)).float().squeeze(-1)
        question = ((kinds == 0) & mask.bool()).unsqueeze(-1).to(states.dtype)
        asks = (states * question).sum(1) / question.sum(1)
        return Logits(
            logits[..., 0],
            logits[..., 1],
            answered,
            self.parts(_pooled(states, sentences, first)).float().squeeze(-1),
            self.kinds(torch.cat([first, asks], dim=1)).float(),
        )


def _pooled(states: torch.Tensor, sentences: torch.Tensor, first: torch.Tensor) -> torch.Tensor:
    """Return what the head of the sentences sees, shape (batch, sentences, 3 * size)."""
    batch, _, size = states.shape
    count = max(int(sentences.max()) + 1, 1)
    places = sentences.masked_fill(sentences < 0, count).unsqueeze(-1).expand(-1, -1, size)  # the last is thrown away
    empty = states.new_zeros(batch, count + 1, size)
    mean = empty.scatter_reduce(1, places, states, "mean", include_self=False)
    most = empty.scatter_reduce(1, places, states, "amax", include_self=False)
    return torch.cat([mean[:, :count], most[:, :count], first.unsqueeze(1).expand(-1, count, -1)], dim=2)


def collate(rows: Sequence[Row]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Pad rows to the arguments of `ReaderNetwork.forward`, shape (rows, longest)."""
    ids, kinds, mask, sentences = map(torch.from_numpy, heads.collate(rows))
    return ids, kinds, mask, sentences
