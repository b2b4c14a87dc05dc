"""The reader's network: BERT with heads for what answers, where it stands, and what is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.nn import functional
from transformers import BertConfig, BertModel

from alliance_qa.models import heads, multilingual
from alliance_qa.models.heads import KINDS, NEAR, Row


class Logits(NamedTuple):
    """What the network says about rows."""

    start: torch.Tensor  # of the short answer, shape (batch, tokens)
    end: torch.Tensor  # likewise
    answered: torch.Tensor  # whether the passage answers, shape (batch,)
    sentences: torch.Tensor  # whether a sentence is part of the answer, shape (batch, sentences)
    kinds: torch.Tensor  # what is asked for, shape (batch, len(KINDS))


class _Heads(nn.Module):
    """Fresh heads over the states of an encoder, and the marks on what stands in both parts."""

    def __init__(self, size: int, hidden: int) -> None:
        super().__init__()
        self.marks = nn.Linear(2, size, bias=False)
        nn.init.zeros_(self.marks.weight)
        self.borders = nn.Sequential(nn.Linear(size, size), nn.GELU(), nn.Linear(size, 2))
        self.answered = nn.Sequential(nn.Linear(3 * size + 2, hidden), nn.GELU(), nn.Linear(hidden, 1))
        self.parts = nn.Sequential(nn.Linear(3 * size, hidden), nn.GELU(), nn.Linear(hidden, 1))
        self.kinds = nn.Sequential(nn.Linear(2 * size, hidden), nn.GELU(), nn.Linear(hidden, len(KINDS)))

    def logits(
        self,
        states: torch.Tensor,
        kinds: torch.Tensor,
        mask: torch.Tensor,
        sentences: torch.Tensor,
        overlap: torch.Tensor,
    ) -> Logits:
        """Return what the heads make of states, and of the two measures of overlap."""
        first = states[:, 0]
        logits = self.borders(states).float().masked_fill((sentences < 0).unsqueeze(-1), -1e4)
        weights = logits.detach().softmax(dim=1).to(states.dtype)  # (batch, tokens, 2)
        there = torch.einsum("btk,bth->bkh", weights, states).flatten(1)
        answered = self.answered(torch.cat([first, there, overlap.to(states.dtype)], dim=1)).float().squeeze(-1)
        question = ((kinds == 0) & mask.bool()).unsqueeze(-1).to(states.dtype)
        asks = (states * question).sum(1) / question.sum(1)
        return Logits(
            logits[..., 0],
            logits[..., 1],
            answered,
            self.parts(_pooled(states, sentences, first)).float().squeeze(-1),
            self.kinds(torch.cat([first, asks], dim=1)).float(),
        )


class ReaderNetwork(_Heads):
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
        super().__init__(config.hidden_size, hidden)
        self.bert = BertModel(config, add_pooling_layer=False)
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
        covered = same.any(1).float().sum(1) / asked.float().sum(1).clamp(min=1)
        return self.logits(states, kinds, mask, sentences, torch.stack([covered, near.max(1).values], dim=1))


class HalvedNetwork(_Heads):
    """The same of multilingual-e5-small, whose lower half sees question and passage apart and stays as it is.

    So the lower half is the embedding model's own, and what it makes of a passage does not depend on the question
    (DeFormer, Cao et al. 2020). In the upper half both meet, each token told which of the two it belongs to.
    """

    def __init__(self, bert: BertModel, *, hidden: int, letters: Sequence[int], common: Sequence[int]) -> None:
        """Build a network with fresh heads.

        Args:
            bert: The embedding model.
            hidden: Width within the second head.
            letters: Of each token one that stands for all with the same letters, however they are cased.
            common: Tokens whose presence in both parts says nothing.
        """
        size = bert.config.hidden_size
        super().__init__(size, hidden)
        self.bert = bert
        self.lower, self.upper = bert.encoder.layer[:6], bert.encoder.layer[6:]
        for part in (bert.embeddings, *self.lower):
            part.requires_grad_(False)
        self.segments = nn.Parameter(torch.zeros(2, size))
        telling = torch.ones(bert.config.vocab_size, dtype=torch.bool)
        telling[list(common)] = False
        self.letters: torch.Tensor
        self.telling: torch.Tensor
        self.register_buffer("letters", torch.tensor(letters), persistent=False)
        self.register_buffer("telling", telling, persistent=False)

    def forward(self, ids: torch.Tensor, kinds: torch.Tensor, mask: torch.Tensor, sentences: torch.Tensor) -> Logits:
        """Return the logits of a batch; see `ReaderNetwork.forward`."""
        states = torch.zeros(*ids.shape, self.segments.shape[1])
        for kind in (0, 1):
            inside = (kinds == kind) & mask.bool()
            states[inside] = self._lower(ids, inside) + self.segments[kind]
        telling = self.telling[ids] & mask.bool()
        asked, said = telling & (kinds == 0), telling & (kinds == 1)
        letters = self.letters[ids]
        same = (letters.unsqueeze(1) == letters.unsqueeze(2)) & asked.unsqueeze(1) & said.unsqueeze(2)
        matched = same.any(2).float()
        near = functional.avg_pool1d(matched.unsqueeze(1), NEAR, 1, NEAR // 2).squeeze(1) * 5 * (kinds == 1)
        states = states + self.marks(torch.stack([matched, near], dim=-1))
        for layer in self.upper:
            states = _layer(layer, states, mask)
        covered = same.any(1).float().sum(1) / asked.float().sum(1).clamp(min=1)
        return self.logits(states, kinds, mask, sentences, torch.stack([covered, near.max(1).values], dim=1))

    @torch.no_grad()
    def _lower(self, ids: torch.Tensor, inside: torch.Tensor) -> torch.Tensor:
        """Return what the lower half makes of one part of each row, shape (tokens of all rows, size)."""
        rows = [row[held] for row, held in zip(ids, inside, strict=True)]
        padded = nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=multilingual.PADDING)
        mask = nn.utils.rnn.pad_sequence([torch.ones_like(row) for row in rows], batch_first=True)
        states = self.bert.embeddings(input_ids=padded)
        for layer in self.lower:
            states = _layer(layer, states, mask)
        return states[mask.bool()]


def _layer(layer: nn.Module, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    found = layer(states, attention_mask=mask.bool()[:, None, None, :])
    return found[0] if isinstance(found, tuple) else found


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
