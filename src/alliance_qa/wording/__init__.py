"""Answers worded by a language model, sentence by sentence, and the proof that each says what its quotes say."""
