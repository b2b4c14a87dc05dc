"""Character errors of reading scans: `python benchmarks/scans.py [--engine tesseract|rapidocr] [--pages N]`.

Ten pages are rendered at 150 and 300 dpi: those of the PDF files of `documents/`, and of texts of it set in one
and in two columns. Each is read clean, skewed (0.7 to 2 degrees) and noisy (blurred, paler, with grain and specks).
The error is the edit distance to the text of the page, divided by its length; white space counts once, forms of
quotation marks and dashes count alike.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
from PIL import Image, ImageFilter
from rapidfuzz.distance import Levenshtein
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, Paragraph

from alliance_qa.documents.pdf import scans

DOCUMENTS = Path(__file__).parents[1] / "documents"
SET = (("aukus-and-japan.txt", 1), ("glossary.txt", 1), ("hub-and-spoke.md", 2), ("timeline.md", 2))
ALIKE = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "−": "-", "\ufffe": "-"})


def files() -> Iterator[tuple[bytes, int]]:
    """Yield each PDF, and how many of its pages are taken."""
    for path in sorted(DOCUMENTS.glob("*.pdf")):
        yield path.read_bytes(), 99
    for name, columns in SET:
        file = io.BytesIO()
        width, height = A4
        share = (width - 100) / columns
        frames = [Frame(50 + at * share, 50, share - 10, height - 100) for at in range(columns)]
        made = BaseDocTemplate(file, pagesize=A4)
        made.addPageTemplates(PageTemplate(frames=frames))
        texts = re.sub(r"[#*`|]", "", (DOCUMENTS / name).read_text("utf-8")).replace("&", "&amp;").split("\n\n")
        made.build([Paragraph(" ".join(text.split()), getSampleStyleSheet()["BodyText"]) for text in texts])
        yield file.getvalue(), 1


def spoiled(image: Image.Image, kind: str, dpi: int, seed: int) -> Image.Image:
    """Return a page as a scanner would give it."""
    chance = random.Random(seed)
    if kind == "skewed":
        angle = chance.uniform(0.7, 2.0) * chance.choice((-1, 1))
        return image.rotate(angle, resample=Image.Resampling.BICUBIC, fillcolor=255)
    if kind == "noisy":
        grain = np.random.default_rng(seed)
        pale = np.asarray(image.filter(ImageFilter.GaussianBlur(0.6 * dpi / 150))) * 0.75 + 45
        grey = pale + grain.normal(0, 25, pale.shape)
        grey[grain.random(grey.shape) < 0.003] = 0
        return Image.fromarray(np.clip(grey, 0, 255).astype("uint8"))
    return image


def plain(text: str) -> str:
    return " ".join(text.translate(ALIKE).replace("…", "...").split())


def tesseract(image: Image.Image, dpi: int) -> str:
    words, *_ = scans._upright(np.asarray(image), dpi)
    return " ".join(word.text for word in words)


def rapidocr() -> Callable[[Image.Image, int], str]:
    from rapidocr import RapidOCR  # by hand: pip install rapidocr

    params = {"Global.log_level": "error", "Global.use_cls": False, "EngineConfig.onnxruntime.intra_op_num_threads": 1}
    engine: Any = RapidOCR(params=params)
    return lambda image, _: " ".join(engine(np.asarray(image.convert("RGB"))).txts or ())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=("tesseract", "rapidocr"), default="tesseract")
    parser.add_argument("--pages", type=int, default=10)
    options = parser.parse_args()
    read = tesseract if options.engine == "tesseract" else rapidocr()
    opened = [(pypdfium2.PdfDocument(data), most) for data, most in files()]
    pages = [page for document, most in opened for page in list(document)[:most]][: options.pages]
    print(f"{options.engine}, {len(pages)} pages\n{'dpi':>4} {'':<7} {'errors':>7} {'s a page':>9}")
    for dpi in (150, 300):
        for kind in ("clean", "skewed", "noisy"):
            errors = characters = 0
            began = os.times()
            for number, page in enumerate(pages):
                image = page.render(scale=dpi / 72, grayscale=True).to_pil()
                wanted = plain(page.get_textpage().get_text_range())
                found = plain(read(spoiled(image, kind, dpi, number), dpi))
                errors += Levenshtein.distance(found, wanted)
                characters += len(wanted)
            used = sum(os.times()[:4]) - sum(began[:4])
            print(f"{dpi:>4} {kind:<7} {errors / characters:>7.4f} {used / len(pages):>9.1f}", flush=True)


if __name__ == "__main__":
    main()
