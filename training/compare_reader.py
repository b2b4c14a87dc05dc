"""Reader against the present features, on the cases that both have.

python training/compare_reader.py WORK_FOLDER SCORES.pkl [FIGURES.json]
"""

# Own pickles, seeded draws.
# ruff: noqa: S301

from __future__ import annotations

import json
import math
import pickle
import re
import string
import sys
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

warnings.filterwarnings("ignore")
PUBLIC = ("squad2-train-part", "qed-dev", "covid-qa")
# How a sentence is scored when both speak: present score + WEIGHT · logit of the passage + INSIDE · span within it.
GRID = [(w, v) for w in (0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0) for v in (0, 0.1, 0.2, 0.4, 0.8)]


def logit(p: float) -> float:
    p = min(max(p, 1e-6), 1 - 1e-6)
    return math.log(p / (1 - p))


def normal(text: str) -> list[str]:
    text = "".join(c for c in text.lower() if c not in set(string.punctuation))
    return re.sub(r"\b(a|an|the)\b", " ", text).split()


def f1(given: str, wanted: str) -> float:
    a, b = normal(given), normal(wanted)
    same = sum((Counter(a) & Counter(b)).values())
    return 2 * same / (len(a) + len(b)) if same else float(a == b)


def auroc(yes: list[float], no: list[float]) -> float:
    if not yes or not no:
        return float("nan")
    return float(roc_auc_score([1] * len(yes) + [0] * len(no), yes + no))


def overlaps(span: tuple[int, int], right: list[tuple[int, int]]) -> bool:
    return any(span[0] < b and span[1] > a for a, b in right)


def sentence_of(case: dict[str, Any], row: int, span: tuple[int, int]) -> int:
    shared = [min(b, span[1]) - max(a, span[0]) for a, b in case["passages"][row][2]]
    return int(np.argmax(shared)) if shared else 0


def choose(
    case: dict[str, Any], scores: dict[int, Any], evidence: list[dict[str, Any]], weight: float, inside: float
) -> dict[str, Any]:
    def total(e: dict[str, Any]) -> float:
        p, span, _ = scores[e["row"]]
        return e["features"][0] + weight * logit(p) + inside * (sentence_of(case, e["row"], span) == e["sentence"])

    return max(evidence, key=total)


def sentence_right(case: dict[str, Any], row: int, sentence: int) -> bool:
    return overlaps(case["passages"][row][2][sentence], case["right"].get(row, []))


def vector(case: dict[str, Any], scores: dict[int, Any], rows: list[int], chosen: dict[str, Any]) -> list[float]:
    """Features of the chosen sentence and of the reader over the passages."""
    logits = sorted((logit(scores[r][0]) for r in rows), reverse=True)
    p, span, sure = scores[chosen["row"]]
    return [
        *chosen["features"],
        logit(chosen["confidence"]),
        logit(p),
        math.log(sure + 1e-4),
        logits[0],
        logits[0] - (logits[1] if len(logits) > 1 else -5),
        float(sentence_of(case, chosen["row"], span) == chosen["sentence"]),
    ]


N_FEATURES = 10  # of a vector: those that exist without the reader


def folds(x: np.ndarray, y: np.ndarray, train_more: tuple[np.ndarray, np.ndarray] | None = None) -> np.ndarray:
    """Out-of-fold probabilities, mean of three 5-fold splits."""
    out = np.zeros(len(y))
    for seed in range(3):
        for fit, test in StratifiedKFold(5, shuffle=True, random_state=seed).split(x, y):
            a, b, w = x[fit], y[fit], np.ones(len(fit))
            if train_more is not None:
                a, b = np.vstack([a, train_more[0]]), np.concatenate([b, train_more[1]])
                w = np.concatenate([w * max(1, 0.3 * len(train_more[1]) / len(w)), np.ones(len(train_more[1]))])
            model = make_pipeline(StandardScaler(), LogisticRegression(C=0.3, max_iter=3000))
            model.fit(a, b, logisticregression__sample_weight=w)
            out[test] += model.predict_proba(x[test])[:, 1] / 3
    return out


def main() -> None:
    cases = pickle.loads((Path(sys.argv[1]) / "cases.pkl").read_bytes())
    scores = pickle.loads(Path(sys.argv[2]).read_bytes())
    figures: dict[str, Any] = {}
    by = {name: [(cases[i], s) for i, s in scores.items() if cases[i]["set"] == name] for name in (*PUBLIC, "tuning")}

    # The choice of sentence: weights from the public sets, for the tuning questions; and the reverse.
    def share(name: str, w: float, v: float) -> float:
        able = [(c, s) for c, s in by[name] if c["answerable"] and (name != "tuning" or c["kind"] != "document_fact")]
        return float(
            np.mean(
                [sentence_right(c, (e := choose(c, s, c["evidence"], w, v))["row"], e["sentence"]) for c, s in able]
            )
        )

    from_public = max(GRID, key=lambda g: np.mean([share(n, *g) for n in PUBLIC]))
    from_tuning = max(GRID, key=lambda g: share("tuning", *g))
    print("weights chosen on public sets", from_public, "on tuning", from_tuning)
    figures["sentence_weights"] = from_public
    public_x, public_y = [], []
    for name in PUBLIC:
        able = [(c, s) for c, s in by[name] if c["answerable"]]
        row: dict[str, float] = {"questions": len(by[name])}
        em, f = [], []
        for c, s in able:
            text = c["passages"][c["gold"]][1]
            given = text[slice(*s[c["gold"]][1])]
            wanted = {text[a:b] for a, b in c["right"][c["gold"]]}
            em.append(max(normal(given) == normal(w) for w in wanted))
            f.append(max(f1(given, w) for w in wanted))
        row |= {"span_em": np.mean(em), "span_f1": np.mean(f)}
        row["gold_sentence_reader"] = np.mean(
            [sentence_right(c, c["gold"], sentence_of(c, c["gold"], s[c["gold"]][1])) for c, s in able]
        )
        row["gold_sentence_features"] = np.mean(
            [sentence_right(c, c["gold"], c["evidence_gold"][0]["sentence"]) for c, s in able]
        )
        with_lack = [(c, s) for c, s in able if c["lacking"]]
        row["pair_auroc_reader"] = auroc(
            [s[c["gold"]][0] for c, s in with_lack], [s[c["lacking"][0]][0] for c, s in with_lack]
        )
        row["pair_auroc_features"] = auroc(
            [c["evidence_gold"][0]["confidence"] for c, _ in with_lack],
            [c["evidence_lacking"][0]["confidence"] for c, _ in with_lack],
        )
        un = [(c, s) for c, s in by[name] if not c["answerable"]]
        if un:
            spectre = [(c, s) for c, s in able if c["passages"][c["gold"]][0].startswith("Spectre")]
            row["unanswerable_auroc_reader"] = auroc(
                [s[c["gold"]][0] for c, s in spectre], [s[c["gold"]][0] for c, s in un]
            )
            row["unanswerable_auroc_features"] = auroc(
                [c["evidence_gold"][0]["confidence"] for c, _ in spectre],
                [c["evidence_gold"][0]["confidence"] for c, _ in un],
            )
        # Whole questions over the top 5; every answerable one again with its passage gone.
        data = []
        for c, s in by[name]:
            for rows, evidence, there in (
                (c["order"], c["evidence"], c["answerable"]),
                (c["gone"], c["evidence_gone"], False),
            ):
                if not rows or (not c["answerable"] and rows is c["gone"]):
                    continue
                first = max(rows, key=lambda r: s[r][0])
                span = s[first][1]
                both = choose(c, s, evidence, *from_public)
                read = next(e for e in evidence if e["row"] == first and e["sentence"] == sentence_of(c, first, span))
                data.append(
                    {
                        "asked": c["answerable"] and rows is c["order"],
                        "there": there,
                        "reader_span": there and overlaps(span, c["right"].get(first, [])),
                        "reader": there and sentence_right(c, first, read["sentence"]),
                        "features": there and sentence_right(c, evidence[0]["row"], evidence[0]["sentence"]),
                        "both": there and sentence_right(c, both["row"], both["sentence"]),
                        "p_reader": s[first][0],
                        "p_features": evidence[0]["confidence"],
                        "x": vector(c, s, rows, both),
                    }
                )
        asked = [d for d in data if d["asked"]]
        for key in ("reader_span", "reader", "features", "both"):
            row["right_" + key] = np.mean([d[key] for d in asked])
        x, y = np.array([d["x"] for d in data]), np.array([d["both"] for d in data])
        own = folds(x, y)
        without = folds(x[:, :N_FEATURES], y)
        row["right_auroc_reader"] = auroc(
            [d["p_reader"] for d in data if d["reader"]], [d["p_reader"] for d in data if not d["reader"]]
        )
        row["right_auroc_features"] = auroc(
            [d["p_features"] for d in data if d["features"]], [d["p_features"] for d in data if not d["features"]]
        )
        row["right_auroc_features_refitted"] = auroc(list(without[y]), list(without[~y]))
        row["right_auroc_both"] = auroc(list(own[y]), list(own[~y]))
        public_x.append(x)
        public_y.append(y)
        figures[name] = row
    # Tuning questions.
    data = by["tuning"]
    row = {"questions": len(data)}
    content = [(c, s) for c, s in data if c["answerable"] and c["kind"] != "document_fact"]
    probabilities = {"reader_5": {}, "reader_10": {}, "features": {}}
    right: dict[str, list[bool]] = {
        k: [] for k in ("reader_5", "reader_10", "features", "both", "both_10", "reader_span_holds_answer")
    }
    for c, s in data:
        for count in (5, 10):
            probabilities[f"reader_{count}"][c["id"]] = max(s[r][0] for r in c["order"][:count])
        probabilities["features"][c["id"]] = c["evidence"][0]["confidence"]
    for c, s in content:
        for count in (5, 10):
            first = max(c["order"][:count], key=lambda r: s[r][0])
            right[f"reader_{count}"].append(sentence_right(c, first, sentence_of(c, first, s[first][1])))
        first = max(c["order"][:5], key=lambda r: s[r][0])
        given = c["passages"][first][1][slice(*s[first][1])]
        right["reader_span_holds_answer"].append(max((f1(given, a) for a in c["answers"]), default=0) > 0.5)
        e = c["evidence"][0]
        right["features"].append(sentence_right(c, e["row"], e["sentence"]))
        for key, part in (("both", "evidence"), ("both_10", "evidence_10")):
            e = choose(c, s, c[part], *from_public)
            right[key].append(sentence_right(c, e["row"], e["sentence"]))
    for key, values in right.items():
        row["right_" + key] = np.mean(values)
    row["right_passage_in_top_5"] = np.mean([any(r in c["right"] for r in c["order"][:5]) for c, _ in content])
    row["right_passage_in_top_10"] = np.mean([any(r in c["right"] for r in c["order"]) for c, _ in content])
    used = [(c, s) for c, s in data if c["kind"] != "document_fact"]
    picks = [choose(c, s, c["evidence"], *from_public) for c, s in used]
    x = np.array([vector(c, s, c["order"][:5], e) for (c, s), e in zip(used, picks, strict=True)])
    y = np.array([c["answerable"] for c, _ in used])
    more = (np.vstack(public_x), np.concatenate(public_y))
    ids = [c["id"] for c, _ in used]
    variants = {
        "combined_all": (x, more),
        "features_refitted": (x[:, :N_FEATURES], (more[0][:, :N_FEATURES], more[1])),
        "combined_small": (x[:, [9, 10, 12]], (more[0][:, [9, 10, 12]], more[1])),
    }
    for key, (xs, ms) in variants.items():
        probabilities[key] = dict(zip(ids, folds(xs, y, ms), strict=True))
        public_only = make_pipeline(StandardScaler(), LogisticRegression(C=0.3, max_iter=3000)).fit(*ms)
        probabilities[key + "_public_only"] = dict(zip(ids, public_only.predict_proba(xs)[:, 1], strict=True))
    kinds = {c["id"]: c["kind"] for c, _ in data}
    able = [c["id"] for c, _ in content]
    for key, values in probabilities.items():
        for kind in ("near_miss", "off_topic"):
            row[f"{kind}_auroc_{key}"] = auroc(
                [values[i] for i in able], [v for i, v in values.items() if kinds[i] == kind]
            )
        near = sorted(v for i, v in values.items() if kinds[i] == "near_miss")
        cut = sorted(values[i] for i in able)[round(0.1 * len(able))]
        row[f"near_misses_answered_at_10pc_refused_{key}"] = np.mean([v >= cut for v in near])
    figures["tuning"] = row
    # Calibration of the reader alone: one temperature over the pairs of the public sets.
    pairs = [(logit(s[c["gold"]][0]), c["answerable"]) for n in PUBLIC for c, s in by[n]]
    pairs += [(logit(s[c["lacking"][0]][0]), False) for n in PUBLIC for c, s in by[n] if c["lacking"]]
    z, t = np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs], float)

    def loss(temperature: float) -> float:
        return float(np.mean(np.log1p(np.exp(-(2 * t - 1) * z / temperature))))

    figures["temperature"] = min(np.arange(0.5, 4, 0.05), key=loss).round(2)
    for name, values in figures.items():
        if isinstance(values, dict):
            print(f"\n{name}")
            for key, value in values.items():
                print(f"  {key:48} {value:.3f}")
    print(figures["temperature"])
    if len(sys.argv) > 3:
        clean = {
            k: ({a: round(float(b), 4) for a, b in v.items()} if isinstance(v, dict) else v) for k, v in figures.items()
        }
        clean["temperature"] = float(figures["temperature"])
        Path(sys.argv[3]).write_text(json.dumps(clean, indent=2), "utf-8")


if __name__ == "__main__":
    main()
