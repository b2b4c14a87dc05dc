#!/bin/sh
# Brings the generations of one index to others: distribute.sh SOURCE TARGET...
#
# SOURCE and TARGET are index folders as rsync names them: a path, host:path, or rsync://host/module. Of the two, one
# is on this machine. Run it after a build, or every few seconds: where nothing is new it does nothing.
#
# All files come first, to all targets; then CURRENT, which puts them into use; then what the source no longer has is
# removed. So no service uses a generation before every other could answer for its links, and where this ends midway
# each goes on with what it had. SETTLE_SECONDS (0) is how long to wait before the second step: where targets are
# filled by several of these, each its own, it gives the others time to get the files.
set -eu

test $# -ge 2 || { echo "usage: distribute.sh SOURCE TARGET..." >&2; exit 2; }
source=${1%/}
shift
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT

fail() {
    echo "distribute.sh: $1" >&2
    exit 1
}

copy() {
    # -H: generations share segments by hard links. Never in place: services have these files open.
    rsync --archive --hard-links --numeric-ids --fsync --mkpath --timeout=60 "$@"
}

pointer() { # its bytes alone say whether it is another: its size never changes, and its time may not
    copy --ignore-times "$source/CURRENT" "$here/$1" || fail "$source/CURRENT cannot be read; nothing was switched"
}

generations() { # --delete removes what an earlier run left of a file
    copy --delete --exclude='/.new-*' "$@" || test $? = 24 # what the source removes meanwhile is not missed
}

pointer before
for _ in 1 2 3 4 5; do
    for target; do
        generations --filter='protect /*' "$source/generations/" "${target%/}/generations/" ||
            fail "$target did not get all files; nothing was switched"
    done
    pointer after
    ! cmp -s "$here/before" "$here/after" || break
    mv "$here/after" "$here/before" # another was built meanwhile, and this one may be gone
done
test -e "$here/after" || fail "$source changes faster than it can be copied; nothing was switched"

for target; do
    cmp -s "$here/after" "${target%/}/CURRENT" || { sleep "${SETTLE_SECONDS:-0}" && break; }
done
for target; do
    copy --checksum "$here/after" "${target%/}/CURRENT" || fail "$target was not switched; its files are there"
done
read -r version _ <"$here/after"
for target; do
    generations --filter="protect /$version/" "$source/generations/" "${target%/}/generations/" || fail "$target keeps what it should not"
done
