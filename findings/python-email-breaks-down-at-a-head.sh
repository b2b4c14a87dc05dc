#!/usr/bin/env bash
# Python 3.11's email package: a malformed line of a head raises IndexError, AttributeError or TypeError.
#
# Tried: message_from_bytes with policy.default, then message["From"] and the like, on heads with a cut or misplaced sign.
# Expected: a value with `defects`, since the policy's raise_on_defect is False.
# Seen: three kinds of exception, at the first look at the line. Where it matters: one such mail in a mailbox ends the
# loop over all of them. A policy whose header_fetch_parse catches them and parses "" in their place is the way out.
set -euo pipefail
"${PYTHON:-python3}" - <<'PY'
import email
import email.policy
import sys

print("Python", sys.version.split()[0])
seen = set()
for line in (
    "From: Ann Lee <",
    "From: Ann Lee .<ann@example.org>",
    "To: Ben <ben@example.org>, .ida@exa%mple.org",
    "Message-ID: <a@[b>",
    "Content-Disposition: attach[ment; filename*",
):
    message = email.message_from_bytes(f"{line}\n\nx".encode(), policy=email.policy.default)
    try:
        message[line.partition(":")[0]]
        print(f"{line}: parsed")
    except Exception as error:
        seen.add(type(error).__name__)
        print(f"{line}: {error!r}")
assert seen, "every line is parsed: this Python is mended"
PY
# Output seen on 2026-11-30:
#   Python 3.11.7
#   From: Ann Lee <: IndexError('string index out of range')
#   From: Ann Lee .<ann@example.org>: AttributeError("'str' object has no attribute 'token_type'")
#   To: Ben <ben@example.org>, .ida@exa%mple.org: TypeError("'ValueTerminal' object does not support item assignment")
#   Message-ID: <a@[b>: AttributeError("'InvalidHeaderDefect' object has no attribute 'all_defects'")
#   Content-Disposition: attach[ment; filename*: IndexError('string index out of range')
