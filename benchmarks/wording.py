"""What wording an answer adds, besides the language model's own time.

    PYTHONPATH=src python benchmarks/wording.py [--questions 24]

A stand-in in a process of its own replies at once: first with near-copies of the quotes, then with the same in another
order, which the models of the house must judge. Of each question the processor time of this process is taken, of the
verbatim answer and of the composed one, by turns, so that a machine that others share tells the same.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import statistics
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from alliance_qa.measuring import question_sets
from alliance_qa.service.service import Service
from alliance_qa.settings import load

QUESTIONS = Path(__file__).resolve().parents[1] / "questions" / "tuning.jsonl"
MOST = 1.3
"""Times the verbatim answer that a composed one may take."""


def near_copy(text: str) -> str:
    """Return a quote as it is, as one sentence."""
    return text


def reordered(text: str) -> str:
    """Return a quote with its second half in front."""
    words = text.rstrip(".").split()
    middle = len(words) // 2
    return " ".join([*words[middle:], *words[:middle]]) + "."


def main() -> None:
    """Print, for both stand-ins, how many times as long a composed answer takes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=24)
    count = parser.parse_args().questions
    found = question_sets.read(QUESTIONS).questions
    texts = [question.text for question in found if question.answerable and not question.history][: 2 * count]
    for change in (near_copy, reordered):
        receiver, sender = multiprocessing.get_context("spawn").Pipe(duplex=False)
        model = multiprocessing.get_context("spawn").Process(target=_serve, args=(sender, change), daemon=True)
        model.start()
        url = f"http://127.0.0.1:{receiver.recv()}/v1"
        service = Service(load(llm_url=url, llm_model="stand-in", llm_seconds=60.0))
        _measure(service, texts, count, change.__name__)
        service.close()
        model.terminate()


def _measure(service: Service, texts: list[str], count: int, name: str) -> None:
    generation = service.generation
    service.composed(generation, service.ask(generation, "When was AUKUS announced?"))  # loads, connects
    ratios, verbatim, outcomes = [], [], []
    for text in texts:
        started = time.process_time()
        answer = service.ask(generation, text)
        seconds = time.process_time() - started
        if not answer.answered:
            continue
        started = time.process_time()
        outcomes.append(service.composed(generation, answer).wording)
        more = time.process_time() - started
        verbatim.append(seconds)
        ratios.append((seconds + more) / seconds)
        if len(ratios) == count:
            break
    median, late = statistics.median(ratios), statistics.quantiles(ratios, n=10)[-1]
    print(
        f"{name:<10} {len(ratios)} answers, verbatim {1000 * statistics.median(verbatim):.0f} ms of processor time; "
        f"composed {median:.2f} times that, 90th percentile {late:.2f}; {outcomes.count('composed')} composed, "
        f"{outcomes.count('mixed')} mixed; aim {MOST}: {'kept' if median <= MOST else 'MISSED'}"
    )


def _serve(sender: Any, change: Callable[[str], str]) -> None:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            shown = json.loads(body["messages"][1]["content"])
            sentences = [{"text": change(q["quote"]), "quotes": [q["number"]]} for q in shown["quotes"][:4]]
            message = {"role": "assistant", "content": json.dumps({"sentences": sentences})}
            reply = json.dumps({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    sender.send(server.server_address[1])
    server.serve_forever()


if __name__ == "__main__":
    main()
