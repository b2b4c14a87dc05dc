"""Write a tiny language model of random weights: `python babble.py FILE`, where the package gguf is installed.

It knows bytes for tokens and nothing else. Letters and what closes a text come a little more often, so that a server
that holds it to a form gets sentences out of it: babble, in the form that was asked for.
"""

from __future__ import annotations

import sys

import gguf
import numpy as np

SIZE, WIDE, LAYERS, HEADS = 64, 128, 2, 4
WORDS = [b"<unk>", b"<s>", b"</s>"] + [f"<0x{byte:02X}>".encode() for byte in range(256)]
LIKED = {**dict.fromkeys(b"abcdefghijklmnopqrstuvwxyz ", 0.6), **dict.fromkeys(b'"]}1', 1.4)}


def main() -> None:
    rng = np.random.default_rng(7)
    made = gguf.GGUFWriter(sys.argv[1], "llama")
    made.add_name("babble")
    made.add_context_length(4096)
    made.add_embedding_length(SIZE)
    made.add_block_count(LAYERS)
    made.add_feed_forward_length(WIDE)
    made.add_head_count(HEADS)
    made.add_head_count_kv(HEADS)
    made.add_layer_norm_rms_eps(1e-5)
    made.add_rope_dimension_count(SIZE // HEADS)
    made.add_vocab_size(len(WORDS))
    made.add_tokenizer_model("llama")
    made.add_token_list(WORDS)
    made.add_token_scores([0.0] * len(WORDS))
    made.add_token_types([2, 3, 3] + [6] * 256)
    made.add_bos_token_id(1)
    made.add_eos_token_id(2)
    made.add_unk_token_id(0)
    made.add_chat_template("{% for m in messages %}{{ m['content'] }}\n{% endfor %}")

    def add(name: str, *shape: int) -> None:
        made.add_tensor(name, (rng.standard_normal(shape) * 0.3).astype(np.float32))

    seen = (rng.standard_normal((len(WORDS), SIZE)) * 0.3).astype(np.float32)
    seen[:, 0] = 3.0  # a state that is always there, by which `LIKED` are liked
    made.add_tensor("token_embd.weight", seen)
    said = (rng.standard_normal((len(WORDS), SIZE)) * 0.3).astype(np.float32)
    said[:, 0] = [LIKED.get(at - 3, 0.0) for at in range(len(WORDS))]
    made.add_tensor("output.weight", said)
    made.add_tensor("output_norm.weight", np.ones(SIZE, np.float32))
    for layer in (f"blk.{at}." for at in range(LAYERS)):
        for part in ("q", "k", "v", "output"):
            add(f"{layer}attn_{part}.weight", SIZE, SIZE)
        add(f"{layer}ffn_gate.weight", WIDE, SIZE)
        add(f"{layer}ffn_up.weight", WIDE, SIZE)
        add(f"{layer}ffn_down.weight", SIZE, WIDE)
        for part in ("attn", "ffn"):
            made.add_tensor(f"{layer}{part}_norm.weight", np.ones(SIZE, np.float32))
    made.write_header_to_file()
    made.write_kv_data_to_file()
    made.write_tensors_to_file()
    made.close()


if __name__ == "__main__":
    main()
