"""Claims about follow-ups in Japanese."""

from __future__ import annotations

import pytest

from alliance_qa.asking.conversation import resolve
from alliance_qa.domain import Turn

AUKUS, GUIDELINES = "AUKUSとは何ですか。", "1978年の日米防衛協力のための指針はいくつの部分から成りますか。"
OKINAWA, NUCLEAR = "沖縄が日本に返還されたのはいつですか。", "非核三原則を国会で表明した首相は誰ですか。"
TREATY = "日米安全保障条約はいつ発効しましたか。"


@pytest.mark.parametrize(
    ("before", "question", "resolved"),
    [
        (AUKUS, "それはいつ発表されましたか。", "AUKUSはいつ発表されましたか。"),
        (AUKUS, "それはいつですか。", "AUKUSはいつですか。"),
        (AUKUS, "それに参加している国はどこですか。", "AUKUSに参加している国はどこですか。"),
        (AUKUS, "では、クアッドは？", "クアッドとは何ですか。"),
        (AUKUS, "クアッドについてはどうですか。", "クアッドとは何ですか。"),
        (GUIDELINES, "では2015年は？", "2015年の日米防衛協力のための指針はいくつの部分から成りますか。"),
        (OKINAWA, "それはどこにありますか。", "沖縄はどこにありますか。"),
        (TREATY, "その条約はどこで署名されましたか。", "日米安全保障条約はどこで署名されましたか。"),
        # What is asked about happened, so both are searched for.
        (OKINAWA, "それはなぜですか。", f"それはなぜですか。 ({OKINAWA})"),
        (NUCLEAR, "それはいつですか。", f"それはいつですか。 ({NUCLEAR})"),
        (NUCLEAR, "なぜ？", f"なぜ？ ({NUCLEAR})"),
        (TREATY, "もっと詳しく教えてください", f"もっと詳しく教えてください ({TREATY})"),
        (TREATY, "その協定はいつ署名されましたか。", f"その協定はいつ署名されましたか。 ({TREATY})"),
        (TREATY, "では2015年は？", f"では2015年は？ ({TREATY})"),
        # What stands alone is left alone.
        (AUKUS, "北大西洋条約の第5条は日本に適用されますか。", "北大西洋条約の第5条は日本に適用されますか。"),
        (AUKUS, "それぞれの国の首相は誰ですか。", "それぞれの国の首相は誰ですか。"),
        (AUKUS, "これまでに日本が署名した協定は何ですか。", "これまでに日本が署名した協定は何ですか。"),
        (AUKUS, "いつ日本は国連に加盟しましたか。", "いつ日本は国連に加盟しましたか。"),
        (AUKUS, "どの国がANZUS条約に署名しましたか。", "どの国がANZUS条約に署名しましたか。"),
        (AUKUS, "防衛庁が防衛省になったのはいつですか。", "防衛庁が防衛省になったのはいつですか。"),
    ],
)
def test_what_is_common_is_resolved_and_the_rest_asked_with_the_question_before(
    before: str, question: str, resolved: str
) -> None:
    assert resolve(question, [Turn("user", before), Turn("assistant", "A quote. [1]")]) == resolved
    assert resolve(question, []) == question


def test_a_pointer_reaches_through_what_an_earlier_one_stood_for() -> None:
    turns = [Turn("user", AUKUS), Turn("user", "それはいつ発表されましたか。")]
    assert resolve("それに日本は参加していますか。", turns) == "AUKUSに日本は参加していますか。"


def test_what_a_visitor_typed_is_no_template() -> None:
    before = r"東京\d\g<0>の条約とは何ですか。"
    assert resolve("それはどこで署名されましたか。", [Turn("user", before)]).startswith(r"東京\d\g<0>")
