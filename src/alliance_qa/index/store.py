"""What other rooms do with the index: open it, write it, change which generation is in use, check it."""

from alliance_qa.index.check import Verdict, check
from alliance_qa.index.draft import Draft, draft, set_operating_point
from alliance_qa.index.generations import (
    current,
    in_use,
    newest_manifest,
    open_generation,
    open_sound,
    read_manifest,
    require,
    salvage,
    versions,
)
from alliance_qa.index.lock import lock, writing
from alliance_qa.index.switch import roll_back

__all__ = [
    "Draft",
    "Verdict",
    "check",
    "current",
    "draft",
    "in_use",
    "lock",
    "newest_manifest",
    "open_generation",
    "open_sound",
    "read_manifest",
    "require",
    "roll_back",
    "salvage",
    "set_operating_point",
    "versions",
    "writing",
]
