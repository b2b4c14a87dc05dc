"""The characters of a file's bytes: of a web page as browsers find them, of plain text surely or not at all."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

import webencodings

from alliance_qa.errors import DocumentError, Failure

if TYPE_CHECKING:
    from charset_normalizer import CharsetMatches

_DECLARED = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]+)|^\s*<\?xml[^>]{0,100}?encoding=[\"']([\w.:-]+)", re.I
)
_DECLARED_WITHIN = 4096  # bytes; the HTML standard asks for the first 1024, pages do not always comply
_DEFAULT: codecs.CodecInfo = webencodings.lookup("windows-1252").codec_info
# Scripts that windows-1252 has no letters of; what holds few other bytes is Western.
_GUESSED = ["cp932", "euc_jp", "gb18030", "big5", "cp949", "cp1251", "koi8_r"]
_GUESSED_SHARE = 0.3  # of the bytes of text that are not ASCII
_FEWEST_GUESSED = 8  # bytes
_FEWEST_PLAIN = 24  # bytes of a text that says in which encoding it may be
_LEAST_COHERENCE = 0.2  # of a text with the language that it may be in, as charset-normalizer measures it
_WRITTEN = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "koi8_r"]  # with letters beside ASCII
_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_MOST_UTF8, _MOST_UTF8_ASIAN = 0.2, 0.8  # of the bytes that are not ASCII
_MOST_BROKEN = 0.1  # of the characters that are not ASCII
_TAG = re.compile(rb"<[^>]*>")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f]")


def decode(data: bytes) -> str:
    """Return the characters of a page.

    A byte order mark says how; else bytes that are valid UTF-8 are UTF-8, whatever is declared; else the
    declaration holds, by the names that browsers know. What it does not fit is read by what its bytes
    look like, and a few broken characters become U+FFFD.

    Raises:
        DocumentError: The bytes are no text in any encoding.
    """
    text = _decoded(data)
    if len(_CONTROL.findall(text)) > _MOST_BROKEN * len(text):
        raise DocumentError("is no text in any encoding; save the page as UTF-8", Failure.ENCODING)
    return text


def plain(data: bytes) -> str:
    """Return the characters of plain text or Markdown, which declares no encoding.

    A byte order mark says how; else it is UTF-8, or UTF-16 where every other byte is zero, or what Windows
    and others wrote before, by what the bytes look like. Nothing is replaced in silence: where parts are
    UTF-8 and others are not, the text is damaged.

    Raises:
        DocumentError: A byte does not belong there; the message names its place.
    """
    is_utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    name, label = ("utf-16", "UTF-16") if is_utf16 else ("utf-8-sig", "UTF-8")
    if not is_utf16 and data[:_FEWEST_PLAIN].count(0) >= _FEWEST_PLAIN // 2 - 2:
        name = "utf-16-le" if data[1] == 0 else "utf-16-be"
    try:
        return data.decode(name)
    except UnicodeDecodeError as error:
        mark = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
        before = None if is_utf16 or mark else _before_utf8(data)
        if before is not None:
            return before
        offset = error.start + (0 if is_utf16 else mark)
        raise DocumentError(f"byte {offset} is not valid {label}; save the file as UTF-8", Failure.ENCODING) from error


def _before_utf8(data: bytes) -> str | None:
    """Return the characters of a text that is in an older encoding, None where that is not sure."""
    if len(data) < _FEWEST_PLAIN or _CONTROL.search(data.decode("latin-1")):
        return None
    codec = _guessed(data)
    # By chance two bytes of Japanese or Chinese are a sequence of UTF-8 now and then, of other scripts hardly ever.
    most = _MOST_UTF8 if codec == _DEFAULT else _MOST_UTF8_ASIAN
    if sum(map(len, _SEQUENCE.findall(data))) > most * sum(byte > 0x7F for byte in data):
        return None
    if codec == _DEFAULT:
        best = _guess(data, cp_isolation=_WRITTEN).best()
        codec = codecs.lookup(best.encoding) if best and best.coherence >= _LEAST_COHERENCE else codec
    try:
        return str(codec.decode(data, "strict")[0])
    except UnicodeDecodeError:
        return None


def _decoded(data: bytes) -> str:
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(name, "replace")
    if re.match(rb"\s?(?:<\x00[!a-zA-Z?]\x00|\x00<\x00[!a-zA-Z?])", data):
        return data.decode("utf-16-le" if data[1] == 0 else "utf-16-be", "replace")
    declared = _declared(data)
    if b"\x1b" in data and declared and declared.name == "iso2022_jp":  # written in ASCII alone
        return str(declared.decode(data, "replace")[0])
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        text = str(declared.decode(data, "replace")[0]) if declared else ""
    if text and text.count("\ufffd") <= _MOST_BROKEN * sum(char > "\x7f" for char in text):
        return text
    return str(_guessed(data).decode(data, "replace")[0])


def _declared(data: bytes) -> codecs.CodecInfo | None:
    """Return the encoding that a page declares, None when none is known by that name."""
    found = _DECLARED.search(data[:_DECLARED_WITHIN])
    label = (found[1] or found[2]).decode("ascii", "replace") if found else "utf-8"
    encoding = webencodings.lookup(label)
    if encoding is None or encoding.name in ("replacement", "x-user-defined"):
        return None
    # A declaration that can be read is not in UTF-16. cp932 has the letters that browsers add to Shift_JIS.
    codec: codecs.CodecInfo = encoding.codec_info
    names = {"utf-16le": "utf-8", "utf-16be": "utf-8", "shift_jis": "cp932", "gbk": "gb18030"}
    return codecs.lookup(names[encoding.name]) if encoding.name in names else codec


def _guess(text: bytes, *, cp_isolation: list[str]) -> CharsetMatches:
    """Return what encodings a text may have. The library is loaded only here: that takes as long as a short file."""
    import charset_normalizer

    return charset_normalizer.from_bytes(text, cp_isolation=cp_isolation)


def _guessed(data: bytes) -> codecs.CodecInfo:
    text = _TAG.sub(b"", data)
    other = sum(byte > 0x7F for byte in text)
    if other > max(_FEWEST_GUESSED, _GUESSED_SHARE * len(text.strip())):
        best = _guess(text, cp_isolation=_GUESSED).best()
        if best is not None:
            return codecs.lookup(best.encoding)
    return _DEFAULT
