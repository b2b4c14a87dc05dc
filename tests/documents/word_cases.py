"""Word files of the kinds that readers get wrong, each with the lines that a page shows; the texts are invented.

`benchmarks/word_libraries.py` gives the same files to other libraries.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from docx.document import Document
from word_files import RELATIONSHIPS, W, linked, repacked, run, with_body, written

# --- automatic numbers ----------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    kind: str
    name: str
    data: bytes
    lines: tuple[str, ...]  # what is shown, a block each, cells parted by " | "


def level(at: int, text: str, number_format: str = "decimal", start: int = 1, more: str = "") -> str:
    return (
        f'<w:lvl w:ilvl="{at}"><w:start w:val="{start}"/><w:numFmt w:val="{number_format}"/>{more}'
        f'<w:lvlText w:val="{text}"/><w:lvlJc w:val="left"/></w:lvl>'
    )


def item(text: str, at: int = 0, number: int = 7, style: str = "") -> str:
    styled = f'<w:pStyle w:val="{style}"/>' if style else ""
    listed = f'<w:numPr><w:ilvl w:val="{at}"/><w:numId w:val="{number}"/></w:numPr>' if number >= 0 else ""
    return f"<w:p><w:pPr>{styled}{listed}</w:pPr>{run(text)}</w:p>"


def numbered(body: str, levels: str, lists: str = "", styles: str = "") -> bytes:
    """A file whose list 7 has the levels; `lists` are further w:num, `styles` further w:style."""
    numbering = (
        f'<w:numbering {W}><w:abstractNum w:abstractNumId="1"><w:multiLevelType w:val="multilevel"/>{levels}'
        f'</w:abstractNum><w:num w:numId="7"><w:abstractNumId w:val="1"/></w:num>{lists}</w:numbering>'
    )
    data = with_body(body)
    parts: dict[str, str | bytes | None] = {"word/numbering.xml": numbering}
    if styles:
        parts["word/styles.xml"] = f"<w:styles {W}>{styles}</w:styles>"
    return repacked(data, parts)


def override(number: int, at: int, start: int) -> str:
    return (
        f'<w:num w:numId="{number}"><w:abstractNumId w:val="1"/><w:lvlOverride w:ilvl="{at}">'
        f'<w:startOverride w:val="{start}"/></w:lvlOverride></w:num>'
    )


def _numbers() -> Iterator[tuple[str, bytes, Sequence[str]]]:
    articles = level(0, "Article %1") + level(1, "%2.") + level(2, "(%3)", "lowerLetter")
    yield (
        "articles with paragraphs and points",
        numbered(
            item("Scope", style="Heading1")
            + item("The pact covers five quays.", 1)
            + item("repairs;", 2)
            + item("refuelling.", 2)
            + item("Term", style="Heading1")
            + item("The pact runs for ten years.", 1)
            + item("unless renewed.", 2),
            articles,
        ),
        (
            "Article 1 Scope",
            "1. The pact covers five quays.",
            "(a) repairs;",
            "(b) refuelling.",
            "Article 2 Term",
            "1. The pact runs for ten years.",
            "(a) unless renewed.",
        ),
    )
    decimal = level(0, "%1.") + level(1, "%1.%2") + level(2, "%1.%2.%3")
    yield (
        "decimal outline",
        numbered(
            item("Quays") + item("North", 1) + item("Depth", 2) + item("Width", 2) + item("South", 1) + item("Fees"),
            decimal,
        ),
        ("1. Quays", "1.1 North", "1.1.1 Depth", "1.1.2 Width", "1.2 South", "2. Fees"),
    )
    yield (
        "a part without a number of its own has begun the count of parts",
        numbered(
            item("Introduction", 0, -1) + item("Context", 1) + item("Scope", 1) + item("Terms") + item("Words", 1),
            decimal,
        ),
        ("Introduction", "1.1 Context", "1.2 Scope", "2. Terms", "2.1 Words"),
    )
    yield (
        "a part without a number of its own has begun the count of a list that starts anew",
        numbered(item("Context", 1, 8) + item("Terms", number=8) + item("Words", 1, 8), decimal, override(8, 0, 3)),
        ("3.1 Context", "4. Terms", "4.1 Words"),
    )
    yield (
        "roman and letters",
        numbered(
            "".join(item(word) for word in ("Quays", "Docks", "Cranes", "Tugs"))
            + "".join(item(word, 1) for word in ("slow", "fast"))
            + item("deep", 2),
            level(0, "%1.", "upperRoman") + level(1, "%2)", "upperLetter") + level(2, "(%3)", "lowerRoman"),
        ),
        ("I. Quays", "II. Docks", "III. Cranes", "IV. Tugs", "A) slow", "B) fast", "(i) deep"),
    )
    yield (
        "a list that starts at four",
        numbered(item("Fourth term.") + item("Fifth term."), level(0, "Section %1:", start=4)),
        ("Section 4: Fourth term.", "Section 5: Fifth term."),
    )
    yield (
        "a second list that starts anew and one that goes on",
        numbered(
            item("One.") + item("Two.") + item("New one.", number=8) + item("New two.", number=8),
            level(0, "%1."),
            override(8, 0, 1),
        ),
        ("1. One.", "2. Two.", "1. New one.", "2. New two."),
    )
    yield (
        "two lists of one definition",
        numbered(
            item("One.") + item("Two.", number=8) + item("Three."),
            level(0, "%1."),
            '<w:num w:numId="8"><w:abstractNumId w:val="1"/></w:num>',
        ),
        ("1. One.", "2. Two.", "3. Three."),
    )
    heading = (
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/><w:pPr><w:numPr>'
        '<w:numId w:val="7"/></w:numPr></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="Heading2"><w:name w:val="heading 2"/><w:pPr><w:numPr>'
        '<w:ilvl w:val="1"/><w:numId w:val="7"/></w:numPr></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="Own"><w:name w:val="Own"/><w:basedOn w:val="Heading1"/></w:style>'
    )
    styled = level(0, "Chapter %1", more='<w:pStyle w:val="Heading1"/>') + level(
        1, "%1.%2", more='<w:pStyle w:val="Heading2"/>'
    )
    yield (
        "numbers of styles",
        numbered(
            item("Quays", number=-1, style="Heading1")
            + item("North", number=-1, style="Heading2")
            + item("South", number=-1, style="Heading2")
            + item("Fees", number=-1, style="Own")
            + item("Without", number=0, style="Heading1"),
            styled,
            styles=heading,
        ),
        ("Chapter 1 Quays", "1.1 North", "1.2 South", "Chapter 2 Fees", "Without"),
    )
    yield (
        "bullets",
        numbered(item("Cranes") + item("Tugs"), level(0, "\uf0b7", "bullet")),
        ("Cranes", "Tugs"),
    )
    yield (
        "roman articles with decimal sections",
        numbered(
            item("Ports") + item("Fees", 1) + item("Terms", 1),
            level(0, "ARTICLE %1", "upperRoman") + level(1, "Section %1.%2", more="<w:isLgl/>"),
        ),
        ("ARTICLE I Ports", "Section 1.1 Fees", "Section 1.2 Terms"),
    )
    yield (
        "no blank behind the number, and words alone",
        numbered(
            item("船は港に入る。") + item("Ships come first.", 1),
            level(0, "第%1条", "japaneseCounting", more='<w:suff w:val="nothing"/>')
            + level(1, "Preamble:", "none", more='<w:suff w:val="space"/>'),
        ),
        ("第一条船は港に入る。", "Preamble: Ships come first."),
    )
    yield (
        "notes of law in words and two digits",
        numbered(
            item("Berths") + item("Fees", 1) + item("Terms", 2),
            level(0, "%1 Schedule", "ordinalText") + level(1, "%2", "decimalZero") + level(2, "%3", "ordinal"),
        ),
        ("First Schedule Berths", "01 Fees", "1st Terms"),
    )
    yield (
        "a level that does not start anew",
        numbered(
            item("Part one") + item("Rule", 1) + item("Part two") + item("Rule", 1),
            level(0, "Part %1:", "upperRoman") + level(1, "%2.", more='<w:lvlRestart w:val="0"/>'),
        ),
        ("Part I: Part one", "1. Rule", "Part II: Part two", "2. Rule"),
    )
    style = (
        '<w:style w:type="numbering" w:styleId="Legal"><w:name w:val="Legal"/><w:pPr><w:numPr><w:numId w:val="9"/>'
        "</w:numPr></w:pPr></w:style>"
    )
    other = f'<w:abstractNum w:abstractNumId="2"><w:styleLink w:val="Legal"/>{level(0, "Rule %1.")}</w:abstractNum>'
    data = numbered(
        item("Berths.") + item("Fees."),
        '<w:numStyleLink w:val="Legal"/>',
        other + '<w:num w:numId="9"><w:abstractNumId w:val="2"/></w:num>',
        style,
    )
    yield "a list by the style of another", data, ("Rule 1. Berths.", "Rule 2. Fees.")


# --- equations and signs --------------------------------------------------------------------


def math(inner: str) -> str:
    return f"<m:oMath>{inner}</m:oMath>"


def term(text: str) -> str:
    return f"<m:r><m:t xml:space='preserve'>{text}</m:t></m:r>"


def part(local: str, text: str) -> str:
    return f"<m:{local}>{text if text.startswith('<') else term(text)}</m:{local}>"


def fraction(above: str, below: str) -> str:
    return f"<m:f>{part('num', above)}{part('den', below)}</m:f>"


def power(base: str, above: str) -> str:
    return f"<m:sSup>{part('e', base)}{part('sup', above)}</m:sSup>"


def sign(font: str, code: str) -> str:
    return f'<w:r><w:sym w:font="{font}" w:char="{code}"/></w:r>'


def _signs() -> Iterator[tuple[str, str, str]]:
    """Yield name, inner XML of a paragraph and its text."""
    yield (
        "a sign that newer Word draws otherwise",
        run("Ship ")
        + '<w:r xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:AlternateContent>'
        + '<mc:Choice Requires="w16se"/><mc:Fallback><w:t>⚓</w:t></mc:Fallback></mc:AlternateContent></w:r>',
        "Ship ⚓",
    )
    yield "a number", run("The tide is ") + math(term("3.7")) + run(" metres."), "The tide is 3.7 metres."
    yield (
        "a power",
        run("It holds that ") + math(term("E=m") + power("c", "2")) + run("."),
        "It holds that E = mc².",
    )
    yield (
        "a power over a whole run",
        run("Here ") + math(power("E=mc", "2")) + run(" holds."),
        "Here E = mc² holds.",
    )
    yield "a fraction", run("Half: ") + math(fraction("a+b", "2")) + run("."), "Half: (a+b)/2."
    yield "a plain fraction", run("It took ") + math(fraction("3", "4")) + run(" hours."), "It took 3/4 hours."
    yield (
        "a large number",
        run("Some ") + math(term("4×") + power("10", "6")) + run(" tons."),
        "Some 4 × 10⁶ tons.",
    )
    yield (
        "a root and an index",
        math("<m:rad><m:radPr><m:degHide m:val='1'/></m:radPr><m:deg/>" + part("e", "x+1") + "</m:rad>")
        + run(" over ")
        + math(f"<m:sSub>{part('e', 'v')}{part('sub', '0')}</m:sSub>"),
        "√(x+1) over v₀",
    )
    yield (
        "a sum",
        math(
            "<m:nary><m:naryPr><m:chr m:val='∑'/></m:naryPr>"
            + part("sub", "i=1")
            + part("sup", "n")
            + part("e", "i")
            + "</m:nary>"
        ),
        "∑_(i = 1)ⁿ i",
    )
    yield (
        "brackets and plus or minus",
        math(term("x=") + f"<m:d>{part('e', '11±0.5')}</m:d>") + run(" metres."),
        "x = (11 ± 0.5) metres.",
    )
    yield (
        "a tolerance of letters in mathematical italics",
        math(term("𝑑≤12 m")) + run(" holds."),
        "d ≤ 12 m holds.",
    )
    yield (
        "an equation inserted in tracked changes",
        run("It is ") + f"<w:ins w:id='1' w:author='a'>{math(term('9.4'))}</w:ins>" + run(" metres."),
        "It is 9.4 metres.",
    )
    yield "plus or minus of Symbol", run("About 5 ") + sign("Symbol", "F0B1") + run(" 0.2 tons."), "About 5 ± 0.2 tons."
    yield "at most of Symbol", run("It is ") + sign("Symbol", "00A3") + run(" 30 tons."), "It is ≤ 30 tons."
    yield "an arrow of Wingdings", run("Lindholm ") + sign("Wingdings", "F0E0") + run(" Skagby"), "Lindholm → Skagby"
    yield "ticks of Wingdings", sign("Wingdings", "F0FC") + run(" open ") + sign("Wingdings", "F0FB"), "✓ open ✗"
    yield (
        "a text in Symbol",
        run("Angle ")
        + run("a", '<w:rFonts w:ascii="Symbol" w:hAnsi="Symbol"/>')
        + run(" is 30")
        + run("\uf0b0", '<w:rFonts w:ascii="Symbol" w:hAnsi="Symbol"/>')
        + run("."),
        "Angle α is 30°.",
    )
    yield (
        "a tab to a place",
        run("Signed:") + "<w:r><w:ptab w:alignment='right'/></w:r>" + run("Lindholm"),
        "Signed: Lindholm",
    )
    yield (
        "soft and hard hyphens",
        run("re") + "<w:r><w:softHyphen/></w:r>" + run("pairs on F") + "<w:r><w:noBreakHyphen/></w:r>" + run("16"),
        "repairs on F-16",
    )
    ruby = "<w:r><w:ruby><w:rubyPr/><w:rt>{}</w:rt><w:rubyBase>{}</w:rubyBase></w:ruby></w:r>"
    yield "a word with its reading", ruby.format(run("みなと"), run("港")) + run("は広い。"), "港は広い。"
    yield (
        "a reading of older Word",
        "<w:r><w:fldChar w:fldCharType='begin'/></w:r>"
        r"<w:r><w:instrText>EQ \* jc2 \* \o\ad(\s\up 9(みなと),港)</w:instrText></w:r>"
        "<w:r><w:fldChar w:fldCharType='end'/></w:r>" + run("は広い。"),
        "港は広い。",
    )
    yield (
        "a raised exponent and a raised ending",
        run("10")
        + run("6", '<w:vertAlign w:val="superscript"/>')
        + run(" tons on the 5")
        + run("th", '<w:vertAlign w:val="superscript"/>')
        + run(" quay of 40 m")
        + run("2", '<w:vertAlign w:val="superscript"/>')
        + run("."),
        "10⁶ tons on the 5th quay of 40 m².",
    )
    yield (
        "a lowered figure",
        run("CO") + run("2", '<w:vertAlign w:val="subscript"/>') + run(" falls."),
        "CO2 falls.",
    )
    yield (
        "a field's result and not its code",
        run("See page ")
        + "<w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>PAGEREF a</w:instrText></w:r>"
        "<w:r><w:fldChar w:fldCharType='separate'/></w:r>"
        + run("12")
        + "<w:r><w:fldChar w:fldCharType='end'/></w:r>"
        + run(" and ")
        + f"<w:fldSimple w:instr=' REF b '>{run('Annex A')}</w:fldSimple>"
        + run("."),
        "See page 12 and Annex A.",
    )
    yield (
        "a field within the code of another",
        run("The ") + "<w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>IF </w:instrText></w:r>"
        "<w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>PAGE</w:instrText></w:r>"
        "<w:r><w:fldChar w:fldCharType='separate'/></w:r>" + run("99") + "<w:r><w:fldChar w:fldCharType='end'/></w:r>"
        '<w:r><w:instrText> = 1 "first" "next"</w:instrText></w:r><w:r><w:fldChar w:fldCharType=\'separate\'/></w:r>'
        + run("next")
        + "<w:r><w:fldChar w:fldCharType='end'/></w:r>"
        + run(" page."),
        "The next page.",
    )
    yield (
        "a sign within the code of a field",
        run("It is ") + "<w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>IF 1 = 1 </w:instrText></w:r>"
        "<w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>SYMBOL 177 \\f Symbol</w:instrText></w:r>"
        "<w:r><w:fldChar w:fldCharType='end'/></w:r><w:r><w:fldChar w:fldCharType='separate'/></w:r>"
        + run("±")
        + "<w:r><w:fldChar w:fldCharType='end'/></w:r>"
        + run(" 3."),
        "It is ± 3.",
    )
    yield (
        "a sign by a field",
        run("About 7 ") + "<w:r><w:fldChar w:fldCharType='begin'/></w:r>"
        "<w:r><w:instrText>SYMBOL 177 \\f \"Symbol\"</w:instrText></w:r><w:r><w:fldChar w:fldCharType='end'/></w:r>"
        + run(" 1 tons."),
        "About 7 ± 1 tons.",
    )


# --- notes and what is left out -------------------------------------------------------------

UP = '<w:vertAlign w:val="superscript"/>'


def p(inner: str) -> str:
    return f"<w:p>{inner}</w:p>"


def with_footnotes(body: str, *notes: str) -> bytes:
    xml = "".join(
        f'<w:footnote w:id="{at}">{p("<w:r><w:footnoteRef/></w:r>" + run(" " + note))}</w:footnote>'
        for at, note in enumerate(notes, start=1)
    )
    return linked(
        with_body(body), "word/footnotes.xml", f"<w:footnotes {W}>{xml}</w:footnotes>", "footnotes", "document"
    )


def reference(number: int, custom: str = "") -> str:
    follows = ' w:customMarkFollows="1"' if custom else ""
    shown = f"<w:t>{custom}</w:t>" if custom else ""
    return f'<w:r><w:rPr>{UP}</w:rPr><w:footnoteReference{follows} w:id="{number}"/>{shown}</w:r>'


def _left_out() -> Iterator[tuple[str, bytes, Sequence[str]]]:
    yield (
        "footnotes of Word",
        with_footnotes(
            p(run("The work cost $320") + reference(1) + run(" million") + reference(2) + run(".")),
            "In prices of 2015.",
            "Without dredging.",
        ),
        ("The work cost $320 million.", "In prices of 2015.", "Without dredging."),
    )
    yield (
        "a mark of one's own",
        with_footnotes(p(run("The work cost $320") + reference(1, "*") + run(" million.")), "In prices of 2015."),
        ("The work cost $320 million.", "In prices of 2015."),
    )
    yield (
        "typed marks with typed notes",
        with_body(
            p(run("The quays opened in 2015") + run("1", UP) + run(" for $320") + run("2", UP) + run(" million."))
            + p(run("Crews of 12") + run("3", UP) + run(" stay on 900 m") + run("2", UP) + run("."))
            + p(run("1", UP) + run(" See the log."))
            + p(run("2", UP) + run(" Prices of 2014."))
            + p(run("3", UP) + run(" On average."))
        ),
        (
            "The quays opened in 2015 for $320 million.",
            "Crews of 12 stay on 900 m².",
            "See the log.",
            "Prices of 2014.",
            "On average.",
        ),
    )
    yield (
        "a power of ten beside a note of the same number",
        with_body(
            p(run("Of 10") + run("6", UP) + run(" tons a tenth left in 2015") + run("6", UP) + run("."))
            + p(run("6", UP) + run(" Estimate."))
        ),
        ("Of 10⁶ tons a tenth left in 2015.", "Estimate."),
    )
    yield (
        "marks without their notes",
        with_body(
            p(run("The board met twice.") + run("4", UP) + run(" It said that fees") + run("[5]", UP) + run(" rise 3%"))
            + p(run("Fees rose by 40%") + run("6", UP) + run(" in the harbour") + run("7,8", UP) + run(" of Skagby"))
        ),
        ("The board met twice. It said that fees rise 3%", "Fees rose by 40% in the harbour of Skagby"),
    )
    yield (
        "a mark between blank and stop",
        with_body(
            p(run("The board met twice ") + run("4", UP) + run(".")) + p(run("Word") + run("5", UP) + run("next"))
        ),
        ("The board met twice.", "Word next"),
    )
    yield (
        "text crossed through",
        with_body(
            p(
                run("The fee is ")
                + run("900", "<w:strike/>")
                + run(" 940 crowns ")
                + run("a week", "<w:dstrike/>")
                + run(".")
            )
            + p(run("It is ") + run("kept", '<w:strike w:val="0"/>') + run("."))
        ),
        ("The fee is 940 crowns.", "It is kept."),
    )
    yield (
        "tracked changes",
        with_body(
            p(
                run("The fee is ")
                + "<w:del w:id='1' w:author='a'><w:r><w:delText>900</w:delText></w:r></w:del>"
                + f"<w:ins w:id='2' w:author='a'>{run('940')}</w:ins>"
                + run(" crowns.")
            )
            + "<w:p><w:pPr><w:rPr><w:del w:id='3' w:author='a'/></w:rPr></w:pPr>"
            + run("It is paid")
            + "</w:p>"
            + p(run(" each May."))
        ),
        ("The fee is 940 crowns.", "It is paid each May."),
    )
    yield (
        "a move",
        with_body(
            p(f"<w:moveFrom w:id='3' w:author='a'>{run('Ships pay.')}</w:moveFrom>" + run("First."))
            + p(run("Then: ") + f"<w:moveTo w:id='4' w:author='a'>{run('Ships pay.')}</w:moveTo>")
        ),
        ("First.", "Then: Ships pay."),
    )
    yield (
        "hidden text and the prompt of a form",
        with_body(
            p(run("The fee") + run(" (check)", "<w:vanish/>") + run(" is 940 crowns."))
            + p(
                run("Signed by ")
                + "<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>"
                + run("Click here to enter text.")
                + "</w:sdtContent></w:sdt>"
            )
        ),
        ("The fee is 940 crowns.", "Signed by"),
    )
    comments = f'<w:comments {W}><w:comment w:id="0" w:author="a">{p(run("Is this right?"))}</w:comment></w:comments>'
    commented = (
        "<w:commentRangeStart w:id='0'/>"
        + run("The fee is 940 crowns")
        + "<w:commentRangeEnd w:id='0'/><w:r><w:commentReference w:id='0'/></w:r>"
        + run(".")
    )
    yield (
        "a comment",
        linked(with_body(p(commented)), "word/comments.xml", comments, "comments", "document"),
        ("The fee is 940 crowns.",),
    )


# --- tables ---------------------------------------------------------------------------------


def cell(inner: str, width: int = 1, merge: str = "") -> str:
    span = f'<w:gridSpan w:val="{width}"/>' if width > 1 else ""
    merged = {"": "", "restart": '<w:vMerge w:val="restart"/>', "continue": "<w:vMerge/>"}[merge]
    content = inner if inner.startswith("<w:p>") or inner.startswith("<w:tbl>") else p(run(inner) if inner else "")
    return f"<w:tc><w:tcPr>{span}{merged}</w:tcPr>{content}</w:tc>"


def row(*cells: str, head: bool = False) -> str:
    about = "<w:trPr><w:tblHeader/></w:trPr>" if head else ""
    return f"<w:tr>{about}{''.join(one if one.startswith('<w:tc>') else cell(one) for one in cells)}</w:tr>"


def table(*rows: str) -> str:
    grid = '<w:gridCol w:w="2000"/>' * max(one.count("<w:tc>") for one in rows)
    return f"<w:tbl><w:tblPr/><w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl><w:p/>"


def _tables() -> Iterator[tuple[str, bytes, Sequence[str]]]:
    yield (
        "a label merged downwards",
        with_body(
            table(
                row("Port", "Year", "Fee", head=True),
                row(cell("Skagby", merge="restart"), "2023", "900"),
                row(cell("", merge="continue"), "2024", "940"),
                row(cell("Lindholm", merge="restart"), "2023", "1,200"),
                row(cell("", merge="continue"), "2024", "1,275"),
            )
        ),
        (
            "Port | Year | Fee",
            "Skagby | 2023 | 900",
            "Skagby | 2024 | 940",
            "Lindholm | 2023 | 1,200",
            "Lindholm | 2024 | 1,275",
        ),
    )
    yield (
        "a head merged across",
        with_body(
            table(
                row(cell("Port", merge="restart"), cell("Fee", 2), head=True),
                row(cell("", merge="continue"), "2023", "2024", head=True),
                row("Skagby", "900", "940"),
            )
        ),
        ("Port | Fee | Fee", "Port | 2023 | 2024", "Skagby | 900 | 940"),
    )
    yield (
        "a row that is one label",
        with_body(table(row(cell("Northern ports", 2)), row("Skagby", "940"), row("Lindholm", "1,275"))),
        ("Northern ports", "Skagby | 940", "Lindholm | 1,275"),
    )
    yield (
        "a removed row",
        with_body(
            table(
                row("Port", "Fee", head=True),
                "<w:tr><w:trPr><w:del w:id='1' w:author='a'/></w:trPr>" + cell("Oldport") + cell("10") + "</w:tr>",
                row("Skagby", "940"),
            )
        ),
        ("Port | Fee", "Skagby | 940"),
    )
    prose = "The port took in more ships than in any year before, and the board raised the fees twice. " * 4
    yield (
        "a layout of two columns",
        with_body(table(row(p(run(prose)) + p(run("A second text.")), "Contents: fees, quays."))),
        (prose.strip(), "A second text.", "Contents: fees, quays."),
    )
    heading = "<w:p><w:pPr><w:pStyle w:val='Heading1'/></w:pPr>" + run("Fees") + "</w:p>"
    yield (
        "a layout with headings",
        with_body(table(row(cell("<w:p></w:p>" + heading + p(run("They rise."))), "Side note."))),
        ("Fees", "They rise.", "Side note."),
    )
    yield (
        "a frame in several rows",
        with_body(table(row("One text."), row("Another text."))),
        ("One text.", "Another text."),
    )


# --- files that Word opens ------------------------------------------------------------------

TEXT = "The null links were cut in May."
_STRICT = {
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main": "http://purl.oclc.org/ooxml/wordprocessingml/main",
    "http://schemas.openxmlformats.org/officeDocument/2006/math": "http://purl.oclc.org/ooxml/officeDocument/math",
    RELATIONSHIPS: "http://purl.oclc.org/ooxml/officeDocument/relationships",
}


def contents(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def strict(data: bytes, encoding: str = "utf-8") -> bytes:
    parts: dict[str, str | bytes | None] = {}
    for name, content in contents(data).items():
        if name.endswith((".xml", ".rels")) and name != "[Content_Types].xml":
            text = content.decode("utf-8")
            for usual, other in _STRICT.items():
                text = text.replace(usual, other)
            if name == "word/document.xml":
                text = text.partition("?>")[2].lstrip()
                parts[name] = f'<?xml version="1.0" encoding="{encoding}"?>{text}'.encode(encoding)
            else:
                parts[name] = text
    return repacked(data, parts)


def _plain(document: Document) -> None:
    document.add_heading("Links", 1)
    document.add_paragraph(TEXT)


def _opened() -> Iterator[tuple[str, bytes, Sequence[str]]]:
    plain = written(_plain)
    parts = contents(plain)
    shown = ("Links", TEXT)
    rels = "word/_rels/document.xml.rels"

    def related(target: str, kind: str = "image", more: str = "") -> bytes:
        link = f'<Relationship Id="rIdX" Type="{RELATIONSHIPS}/{kind}" Target="{target}"{more}/>'
        return repacked(plain, {}, link, rels)

    def replaced(name: str, old: bytes, new: bytes) -> bytes:
        assert old in parts[name]
        return repacked(plain, {name: parts[name].replace(old, new)})

    for target in ("../NULL", "NULL", "media/none.png", "/word/media/none.png", "file:///C:/none.png", "#bookmark", ""):
        yield f"a relationship to {target or 'nothing'}", related(target), shown
    yield "notes that are not there", related("footnotes.xml", "footnotes"), shown
    yield "an address that is none", related("http://[bad", "hyperlink", ' TargetMode="External"'), shown
    yield "no picture of the first page", repacked(plain, {"docProps/thumbnail.jpeg": None}), shown
    yield "no properties", repacked(plain, {"docProps/core.xml": None, "docProps/app.xml": None}), shown
    yield "no styles", repacked(plain, {"word/styles.xml": None}), shown
    yield "no links of the main part", repacked(plain, {rels: None}), shown
    yield "no links at all", repacked(plain, {rels: None, "_rels/.rels": None}), shown
    yield (
        "the type of a template",
        replaced("[Content_Types].xml", b"wordprocessingml.document.main+xml", b"wordprocessingml.template.main+xml"),
        shown,
    )
    yield (
        "the type of a file with macros",
        replaced(
            "[Content_Types].xml",
            b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
            b"application/vnd.ms-word.document.macroEnabled.main+xml",
        ),
        shown,
    )
    yield "a type that is not stated", replaced("[Content_Types].xml", b"/word/settings.xml", b"/word/other.xml"), shown
    yield "no types", repacked(plain, {"[Content_Types].xml": None}), shown
    yield "padding behind the end", plain + bytes(100_000), shown
    yield "bytes before the start", b"\r\n" * 20 + plain, shown
    yield (
        "a main part of another name",
        repacked(
            plain,
            {
                "word/document.xml": None,
                rels: None,
                "word/document2.xml": parts["word/document.xml"],
                "word/_rels/document2.xml.rels": parts[rels],
                "_rels/.rels": parts["_rels/.rels"].replace(b"word/document.xml", b"/word/document2.xml"),
            },
        ),
        shown,
    )
    yield (
        "backslashes and capitals in names",
        repacked(
            plain, {"word/styles.xml": None, "word\\Styles.xml": parts["word/styles.xml"], "docProps/core.xml": None}
        ),
        shown,
    )
    yield "strict Open XML", strict(plain), shown
    yield "strict Open XML in UTF-16", strict(plain, "utf-16"), shown
    yield (
        "strict Open XML with numbers and an equation",
        strict(
            numbered(
                item("Berths", style="Heading1") + p(run("It is ") + math(power("m", "2")) + run(".")),
                level(0, "Article %1"),
            )
        ),
        ("Article 1 Berths", "It is m²."),
    )
    yield (
        "strict Open XML with a table and footnotes",
        strict(
            with_footnotes(
                table(row("Port", "Fee", head=True), row("Skagby", "940"))
                + p(run("It rose") + reference(1) + run(".")),
                "In May.",
            )
        ),
        ("Port | Fee", "Skagby | 940", "It rose.", "In May."),
    )


def _cases() -> Iterator[Case]:
    listed: list[tuple[str, Callable[[], Iterator[tuple[str, bytes, Sequence[str]]]]]] = [
        ("automatic numbers", _numbers),
        ("notes and what is left out", _left_out),
        ("tables", _tables),
        ("files that Word opens", _opened),
    ]
    for kind, made in listed:
        for name, data, shown in made():
            yield Case(kind, name, data, tuple(shown))
    for name, inner, text in _signs():
        yield Case("equations and signs", name, with_body(p(inner)), (text,))


CASES = tuple(_cases())
