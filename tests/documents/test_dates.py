from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_qa.documents import dates, head


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Apr 16, 2024", "2024-04-16"),
        ("April 16, 2024", "2024-04-16"),
        ("Sept. 3rd, 2019", "2019-09-03"),
        ("16 April 2024", "2024-04-16"),
        ("Tuesday, April 16, 2024", "2024-04-16"),
        ("Tue, 16 Apr 2024 08:30:00 GMT", "2024-04-16"),
        ("April 16, 2024 at 9:30 a.m. EDT", "2024-04-16"),
        ("2024-04-16", "2024-04-16"),
        ("2024-04-16T23:30:00-05:00", "2024-04-16"),
        ("2024/4/16", "2024-04-16"),
        ("2024.04.16", "2024-04-16"),
        ("20240416", "2024-04-16"),
        ("2024年4月16日", "2024-04-16"),
        ("２０２４年４月１６日（火）", "2024-04-16"),
        ("令和6年4月16日", "2024-04-16"),
        ("令和元年5月", "2019-05"),
        ("2024년 4월 16일", "2024-04-16"),
        ("16. April 2024", "2024-04-16"),
        ("16 avril 2024", "2024-04-16"),
        ("16 de abril de 2024", "2024-04-16"),
        ("1er avril 2024", "2024-04-01"),
        ("Dienstag, 16. April 2024", "2024-04-16"),
        ("Juli 16, 2024", "2024-07-16"),
        ("Tue, 16 Apr 2024 09:30:00 +0000", "2024-04-16"),
        ("Tue Apr 16 2024 23:30:00 GMT+0200 (Central European Summer Time)", "2024-04-16"),
        ("Tue Apr 16 09:30:00 UTC 2024", "2024-04-16"),
        ("20240416T233000Z", "2024-04-16"),
        ("2024-04-16+02:00", "2024-04-16"),
        ("16-Apr-2024", "2024-04-16"),
        ("16th of April, 2024", "2024-04-16"),
        ("16/04/2024", "2024-04-16"),
        ("04/16/2024", "2024-04-16"),
        ("2024. 4. 16.", "2024-04-16"),
        ("民國113年4月16日", "2024-04-16"),
        ("April 2024", "2024-04"),
        ("2024-04", "2024-04"),
        ("2024年", "2024"),
        ("2024", "2024"),
        ("二〇二四年四月十六日", "2024-04-16"),
        ("平成三十年四月一日", "2018-04-01"),
        ("令和6年（2024年）4月16日", "2024-04-16"),
        ("April 16, Reiwa 6", "2024-04-16"),
        ("中華民國113年4月16日", "2024-04-16"),
        ("2024년 4월 16일 화요일", "2024-04-16"),
        ("16. IV. 2024", "2024-04-16"),
        ("2024 April 16", "2024-04-16"),
        ("16/Apr/2024:09:30:00 +0000", "2024-04-16"),
        ("Tue, 2024-04-16 09:30", "2024-04-16"),
        ("Tue, 04/16/2024 - 09:30", "2024-04-16"),
        ("2024. április 16.", "2024-04-16"),
        ("2024. gada 16. aprīlis", "2024-04-16"),
        ("2024 m. balandžio 16 d.", "2024-04-16"),
        ("16 d’abril de 2024", "2024-04-16"),
        ("16η Απριλίου 2024", "2024-04-16"),
        ("ngày 16 tháng 4 năm 2024", "2024-04-16"),
        ("16 เม.ย. 2567", "2024-04-16"),
        ("16 เมษายน พ.ศ. 2567", "2024-04-16"),
        ("١٦ أبريل ٢٠٢٤", "2024-04-16"),
        ("16 अप्रैल 2024", "2024-04-16"),
        ("16 avril 2024 à 9h30", "2024-04-16"),
        ("16 апр. 2024 г.", "2024-04-16"),
        ("mar. 16 avril 2024", "2024-04-16"),
        ("mar 16 apr 2024", "2024-04-16"),
        ("Mar 16, 2024", "2024-03-16"),
        ("the 16th day of April, 2024", "2024-04-16"),
        ("2024-W16-2", "2024-04-16"),
        ("2024-107", "2024-04-16"),
        ("04/2024", "2024-04"),
    ],
)
def test_a_date_is_read_in_the_forms_people_use(text: str, value: str) -> None:
    assert dates.read(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "04/05/2024",
        "February 30, 2024",
        "2023-02-29",
        "31 avril 2024",
        "16 now 2024",
        "16 weeks 2024",
        "16 listopad 2024",
        "2024-12 1500 men",
        "4.10.2024",
        "Smarch 3, 2024",
        "next Tuesday",
        "0024-01-01",
        "9999",
        "2024-13",
        "April 16",
        "in April 2024",
        "April 16, 2024 was a Tuesday",
        "Deadline 16 April 2024",
        "16 2024 April",
        "April 2024 16",
        "2024-W54-1",
        "2023-366",
        "1713260000",
        "16/Apr 16/2024",
        "x" * 10_000,
    ],
)
def test_what_is_no_sure_date_is_none(text: str) -> None:
    assert dates.read(text) is None


@given(st.dates(date(1500, 1, 1), date(2199, 12, 31)))
def test_every_day_is_read_back(day: date) -> None:
    forms = (day.isoformat(), f"{day:%B} {day.day}, {day.year}", f"{day.year}年{day.month}月{day.day}日")
    assert {dates.read(form) for form in forms} == {day.isoformat()}


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("Published: April 16, 2024", "2024-04-16"),
        ("Published on 16 April 2024", "2024-04-16"),
        ("TOKYO, March 3, 2021", "2021-03-03"),
        ("Washington, DC — April 10, 2024", "2024-04-10"),
        ("By Jane Doe | April 16, 2024 | 5 min read", "2024-04-16"),
        ("公開日：2024年4月16日", "2024-04-16"),
        ("Published April 16, 2024. Updated May 1, 2024", "2024-04-16"),
        ("Last updated: May 1, 2024", None),
        ("Updated, May 1, 2024", None),
        ("更新日：2024年5月1日", None),
        ("It happened on April 16, 2024", None),
    ],
)
def test_a_line_states_the_date_of_publication(line: str, value: str | None) -> None:
    assert head.date_of(line) == value


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("4/10/2024", "en-GB", "2024-10-04"),
        ("4/10/2024", "en_US", "2024-04-10"),
        ("4/10/2024", "en", None),
        ("4/10/2024", "fr", "2024-10-04"),
        ("4.10.2024", "de", "2024-10-04"),
        ("20 listopad 2024", "cs", "2024-11-20"),
        ("20 listopad 2024", "hr", "2024-10-20"),
    ],
)
def test_the_language_of_a_page_tells_what_is_open(text: str, language: str, value: str | None) -> None:
    assert dates.read(text, dates.Usage.of(language)) == value


def test_days_are_found_within_a_line_with_their_places() -> None:
    line = "Posted on May 3, 2020 by Jane, 06.11.2023 13:30 Uhr, v1.2.2020-3, 3/4/2020"
    found = list(dates.within(line, dates.Usage.of("en")))
    assert [(value, line[start:end]) for value, start, end in found] == [("2020-05-03", "May 3, 2020")]
    german = [value for value, *_ in dates.within(line, dates.Usage.of("de"))]
    assert german == ["2020-05-03", "2023-11-06", "2020-04-03"]


@pytest.mark.parametrize("text", ["1713260000", "1713260000000", "/Date(1713260000000)/", "/Date(1713260000000+0200)/"])
def test_a_stamp_of_a_program_is_its_day(text: str) -> None:
    assert dates.stamp(text) == "2024-04-16"
    assert dates.stamp(text.replace("1713", "17")) is None
