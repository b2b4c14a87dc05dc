"""The name by which a document is known: in addresses, filters and the index."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_LONGEST_SLUG = 80  # characters; the digest after it keeps longer paths apart


def document_id(path: str) -> str:
    """Return the id of the document at `path`, which is relative with "/" between folders.

    A path of ASCII letters, digits, ".", "_" and "-" is its own id. Any other becomes a slug in lower
    case, "-" and 8 hexadecimal digits of the path's SHA-256: "talks/Über Japan.md" becomes
    "talks-uber-japan.md-" and digits. An id never needs quoting in an address.
    """
    if _PLAIN.fullmatch(path):
        return path
    ascii_path = unicodedata.normalize("NFKD", path).encode("ascii", "ignore").decode("ascii").lower()
    stem, dot, suffix = ascii_path.rpartition(".")
    stem, suffix = (_slug(part) for part in ((stem, suffix) if dot else (suffix, "")))
    slug = (stem[:_LONGEST_SLUG].strip("-") or "document") + (f".{suffix[:10]}" if suffix else "")
    return f"{slug}-{hashlib.sha256(path.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def _slug(text: str) -> str:
    return re.sub("[^a-z0-9]+", "-", text).strip("-")
