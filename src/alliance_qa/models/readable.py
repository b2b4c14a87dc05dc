"""What an embedding model can read: a text in letters that it does not know gets a vector of zeros.

A model with an unknown token reads every character that its vocabulary lacks as that one: the default model gives
日米 and 日韓 the same vector. Such texts are found by their words alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from weakref import WeakKeyDictionary

import numpy as np

from alliance_qa.ports import Embedder, Embedding, PassageInput, Vectors

MOST_UNKNOWN = 0.15
"""From this share of unknown letters on, a text is not read.

Measured with the default model. No English question or passage of covid-qa, qed-dev, squad1-part or this project's
documents exceeds 0.03, and one with a name in Japanese beside it ("Who was Shinzo Abe (安倍晋三)?") has 0.11. Of the
Japanese passages of jsquad-valid and jaquad 0.97 have more, of the questions 0.82; the others are mostly kana, which
it knows. Arabic, Hebrew, Hindi, Bengali, Greek and Cyrillic letters it knows, most of Thai, Tamil and Chinese it
does not, and a Korean word is unknown as a whole when one of its letters is.
"""

_TRANSLATED = {
    "Where was the treaty signed?": "条約はどこで署名されましたか。",
    "How many apples are in the basket?": "かごの中にりんごはいくつありますか。",
    "The ship left the harbour at dawn.": "船は夜明けに港を出た。",
    "Thank you very much.": "どうもありがとうございます。",
}


_crossing: WeakKeyDictionary[Embedder, bool] = WeakKeyDictionary()


def crosses_languages(embedder: Embedder) -> bool:
    """Return whether the model knows a sentence by its translation: each of a few is nearest to its own."""
    if embedder not in _crossing:
        _crossing[embedder] = _crosses(embedder)
    return _crossing[embedder]


def _crosses(embedder: Embedder) -> bool:
    if not all(are_readable(list(_TRANSLATED.values()), embedder)):
        return False
    vectors = embedder.embed_questions([*_TRANSLATED, *_TRANSLATED.values()])
    count = len(_TRANSLATED)
    return bool((np.argmax(vectors[:count] @ vectors[count:].T, axis=1) == np.arange(count)).all())


def are_readable(texts: Sequence[str], embedder: Embedder) -> list[bool]:
    """Return whether the model knows enough of each text's letters."""
    return [share < MOST_UNKNOWN for share in embedder.unknown_shares(texts)]


def question_vectors(questions: Sequence[str], embedder: Embedder) -> Vectors:
    """Return the vectors of questions, shape (len(questions), dimension): zeros for one that is not readable."""
    vectors = embedder.embed_questions(questions)
    return np.where(np.array(are_readable(questions, embedder), np.bool_)[:, None], vectors, np.float32(0))


def question_vector(question: str, embedder: Embedder) -> Vectors:
    """Return the vector of a question, shape (dimension,): zeros when it is not readable."""
    vector = embedder.embed_question(question)
    return vector if are_readable([question], embedder)[0] else np.zeros_like(vector)


def without_unreadable(
    embeddings: Sequence[Embedding], inputs: Sequence[PassageInput], embedder: Embedder
) -> list[Embedding]:
    """Return the embeddings of passages, those whose own text is not readable being zeros."""
    readable = are_readable([entry.text for entry in inputs], embedder)
    return [
        made if is_readable else Embedding(np.zeros_like(made.passage), np.zeros_like(made.sentences))
        for made, is_readable in zip(embeddings, readable, strict=True)
    ]
