"""The nouns that say what a named thing or person is: "pact" in "Manila Pact", "minister" in "the prime minister"."""

from __future__ import annotations

FAMILIES = tuple(
    frozenset(family.split())
    for family in (
        "treaty treaties pact agreement agreements accord accords convention armistice",
        "law laws act legislation constitution charter",
        "declaration statement communiqué communique notes report speech address commentary",
        "document documents guidelines strategy strategies concept commitment principles",
        "policy doctrine principle principles right duty",
        "plan program programme roadmap project initiative corridor partnership mechanism",
        "exercise exercises drill operation mission activity",
        "summit meeting conference talks dialogue visit",
        "organisation organization group grouping body bloc partnership forum alliance",
        "committee subcommittee council secretariat agency ministry office parliament diet congress",
        "force forces command army navy",
        "article articles pillar chapter clause",
        "war crisis attack invasion earthquake protest protests",
        "base bases island islands",
        "country countries government governments nation nations",
    )
)
"""Those of one family may stand for each other: "the treaty" for the Manila Pact. All are folded."""

HEADS = frozenset[str]().union(*FAMILIES)
ANY_HEAD = "(?:" + "|".join(sorted(HEADS)) + ")"
"""A pattern for one of `HEADS`, without word boundaries and without a group of its own."""

# Names of bodies and states of affairs end in them, but who says "the board" means no name said before.
_NAME_ENDINGS = frozenset(
    "administration affair association bank board buildup bureau cabinet campaign commission court department "
    "federation foundation framework fund institute league party process protocol senate situation strait system "
    "union".split()
)
# Such names take no article ("Kadena Air Base", "Article 9", "Robben Island"), nor do most plurals ("large protests").
_WITHOUT_ARTICLE = frozenset(
    "accords agreements article articles base bases chapter clause countries country documents exercises governments "
    "island laws nation nations pillar protests strategies treaties".split()
)
WITH_ARTICLE = (HEADS | _NAME_ENDINGS) - _WITHOUT_ARTICLE
"""What names end in that take an article within a sentence: "the Manila Pact"."""

PERSON_NOUNS = frozenset(
    "president minister ministers presidents ambassador secretary leader leaders general admiral emperor senator "
    "governor chancellor premier person people author scholar student politician official officials man woman "
    "commissioner administrator director head chief".split()
)
"""Nouns that say what a person is, folded."""
