"""What is true of text anywhere: sentences, words, languages, what is mentioned, passages."""
