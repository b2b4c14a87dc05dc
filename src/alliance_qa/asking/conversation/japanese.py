"""A follow-up in Japanese: "それはどこで署名されましたか", "では2015年は？", "なぜ？".

Rules over particles, without a segmenter: what stands before は behind a noun is what a question is about. Where that
is not told, the question before is added in brackets, as of English ones.
"""

from __future__ import annotations

import re

_NOUN = r"[一-鿿々〆ァ-ヶーA-Za-z0-9０-９Ａ-Ｚａ-ｚ・]"
_KANA = re.compile(r"[ぁ-ん]")
_ASKS = r"(?:いつ|どこ|だれ|誰|なぜ|何故|どうして|どう|どの|どれ|どちら|どんな|いくつ|いくら|何|なに|なん)"
_ASKING = re.compile(_ASKS)
# Behind a noun: "AUKUSは", "AUKUSとは", "AUKUSについて". "では" and "には" belong to what is said of it.
_TOPIC = re.compile(rf"(?P<topic>.*?{_NOUN}[」』）]?)(?:とは|って|について|に関して|は(?!じ))")
# A topic with a verb in it is an event: "非核三原則を表明した首相は誰ですか".
_VERB = re.compile(r"[をがにで](?!関する|おける)|[したるう]た?(?=首相|人|国|の|こと)|、")
_CLEFT = re.compile(rf"(?P<topic>.*?{_NOUN})が.*?のは")
_POINTER = re.compile(
    r"(?:それら?|これら?|そちら|こちら|彼女|彼ら|彼|その人|この人)(?=(?:とは|って|は|が|を|の|も)|に(?![、もつ]))"
)
_POINTING_NOUN = re.compile(r"(?:その|この|あの|同)(?P<noun>[一-鿿]{2,6}|[ァ-ヶー]{2,8})")
_BARE = re.compile(
    rf"^(?:それ|これ|その時期|その理由)(?:は|って)?、?{_ASKS}(?:ですか|でしたか|なのですか|年ですか)?[？?。]*$"
)
_DEFINING = re.compile(r"(?:とは|って|は)、?(?:何|なに|なん)(?:ですか|でしょうか|のことですか)?[？?。]*$")
_SHORT_ASKING = re.compile(rf"^{_ASKS}[^はがをに]{{0,8}}[？?。]*$|^(?:もっと|ほかに|他に|続けて|詳しく).{{0,20}}$")
_OPENING = re.compile(r"^(?:(?:それ)?では|じゃあ?|それなら|そして|また)、?")
_FRAGMENT = re.compile(
    r"^(?P<new>[^？?。]{1,20}?)(?:の場合|について|に関して)?(?:は|だと|なら)"
    r"(?:どうですか|どうでしたか|どうでしょうか|いかがですか)?[？?。]*$"
)
_YEAR = re.compile(
    r"[0-9０-９]{4}年(?:[0-9０-９]{1,2}月)?(?:[0-9０-９]{1,2}日)?|(?:明治|大正|昭和|平成|令和)(?:元|[0-9０-９]+)年"
)


def is_japanese(question: str) -> bool:
    """Whether a question is written in Japanese."""
    return bool(_KANA.search(question))


def resolved(question: str, before: str) -> str | None:
    """Return a follow-up so that it stands alone; "" where only both questions together do, None where it needs none.

    Args:
        question: In Japanese.
        before: The question before, which stands alone.
    """
    question = question.strip()
    if _SHORT_ASKING.match(question):
        return ""
    topic = _topic(before)
    if _BARE.match(question):  # "それはいつですか" asks about what happened, not about a thing
        return _POINTER.sub(lambda _: topic, question, count=1) if topic and _DEFINING.search(before) else ""
    opened = _OPENING.sub("", question)
    fragment = _FRAGMENT.match(opened)
    if fragment and not _ASKING.search(fragment["new"]) and not _POINTER.match(opened):
        return _completed(fragment["new"], before, topic)
    if pointing := _POINTING_NOUN.search(question):
        named = re.search(rf"{_NOUN}+{pointing['noun']}", before)
        return f"{question[: pointing.start()]}{named[0]}{question[pointing.end() :]}" if named else ""
    if _POINTER.search(question):
        return _POINTER.sub(lambda _: topic, question, count=1) if topic else ""
    return None


def _topic(before: str) -> str:
    """Return the thing that a question is about; "" where it is about what happened, or that is not told."""
    found = _TOPIC.match(before)
    if found and not _VERB.search(found["topic"]) and not _ASKING.search(found["topic"]):
        return found["topic"]
    cleft = _CLEFT.match(before)
    return cleft["topic"] if cleft and not _VERB.search(cleft["topic"]) else ""


def _completed(new: str, before: str, topic: str) -> str:
    """Return the question before with a year or a name in the place of its like; "" where it has none."""
    if _YEAR.fullmatch(new):
        return _YEAR.sub(lambda _: new, before, count=1) if _YEAR.search(before) else ""
    return before.replace(topic, new, 1) if topic else ""
