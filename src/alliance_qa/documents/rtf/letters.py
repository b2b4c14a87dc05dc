"""The characters of RTF: code pages of fonts, signs that have control words, symbol fonts."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from alliance_qa.documents.docx import signs

# Source: the RTF specification 1.9.1, \fcharset.
_CODE_PAGES = {0: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gb18030", 136: "big5"}
_CODE_PAGES |= {161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257"}
_CODE_PAGES |= {204: "cp1251", 222: "cp874", 238: "cp1250", 254: "cp437", 255: "cp437"}
SIGNS = {
    **{"tab": "\t", "line": "\n", "lbr": "\n", "emdash": "—", "endash": "–", "bullet": "•", "~": "\u00a0", "_": "-"},
    **{"lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "emspace": " ", "enspace": " "},
    **{"qmspace": " ", "\\": "\\", "{": "{", "}": "}", "\t": "\t", "zwj": "\u200d", "zwnj": "\u200c", "-": ""},
}


@dataclass(frozen=True, slots=True)
class Font:
    """A font as the file's table has it; `encoding` "" where it takes that of the file."""

    name: str = ""
    encoding: str = ""

    @property
    def is_symbols(self) -> bool:
        """Whether it draws signs where others have letters."""
        return signs.is_symbol_font(self.name)

    def text(self, data: bytes, encoding: str) -> str:
        """Return bytes as characters; `encoding` is that of the file."""
        if self.is_symbols:
            return "".join(signs.sign(self.name, byte) for byte in data)
        return data.decode(self.encoding or encoding, "replace")

    def sign(self, code: int) -> str:
        """Return the character of a code as \\u gives it: a negative one counts from 65536, half a pair stays so."""
        code %= 0x10000
        return signs.sign(self.name, code) if self.is_symbols else chr(code)


def encoding_of(charset: int) -> str:
    """Return the encoding of a font's \\fcharset, "" for one that takes the file's."""
    return _CODE_PAGES.get(charset, "")


def code_page(number: int) -> str:
    """Return the encoding of \\ansicpg, Western where it is not known."""
    name = {65001: "utf-8", 10000: "mac_roman", 0: "cp1252"}.get(number, f"cp{number}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"


def whole(text: str) -> str:
    """Return a text with the halves of characters put together that \\u gives in two."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
