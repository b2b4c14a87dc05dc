#!/usr/bin/env bash
# python-pptx 1.0.2: a text box with a formula is none of a slide's shapes, with all the text it holds besides.
#
# Tried: a slide with a title and two text boxes; one holds a formula and is written as PowerPoint and pandoc write it,
# in mc:AlternateContent: a newer form (mc:Choice, "a14") and one for older programs (mc:Fallback).
# Expected: three shapes, or two and a word that something was passed over.
# Seen: two shapes, nothing raised; "It was stated in 1905." is in no text of the presentation. Where it matters:
# whoever indexes slides with python-pptx loses every box with a formula, bullets and all. The way out is to read the
# XML oneself: the first form that shows something, never both.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check python-pptx==1.0.2
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version

import pptx
from lxml import etree

NAMES = (
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' xmlns:a14="http://schemas.microsoft.com/office/drawing/2010/main"'
    ' xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    ' xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
)
BOX = (
    '<p:sp><p:nvSpPr><p:cNvPr id="90" name="x"/><p:cNvSpPr txBox="1"/><p:nvPr/></p:nvSpPr><p:spPr/>'
    "<p:txBody><a:bodyPr/><a:p>{}<a:r><a:t>It was stated in 1905.</a:t></a:r></a:p></p:txBody></p:sp>"
)
FORMULA = "<a14:m><m:oMath><m:r><m:t>E=m</m:t></m:r></m:oMath></a14:m>"
show = pptx.Presentation()
slide = show.slides.add_slide(show.slide_layouts[5])
slide.shapes.title.text = "Energy"
slide.shapes.add_textbox(0, 0, 1, 1).text_frame.text = "A plain box."
slide.shapes._spTree.append(
    etree.fromstring(
        f'<mc:AlternateContent {NAMES}><mc:Choice Requires="a14">{BOX.format(FORMULA)}</mc:Choice>'
        f"<mc:Fallback>{BOX.format('')}</mc:Fallback></mc:AlternateContent>"
    )
)
texts = [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
print("python-pptx", version("python-pptx"), texts)
missed = not any("1905" in text for text in texts)
print("the box with the formula is missed" if missed else "the box with the formula is found")
PY
