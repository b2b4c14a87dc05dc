"""Which questions are in a language that the collection is not in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from alliance_qa.text.language import detect, foreign_words, is_latin, may_be, primary

TUNING = Path(__file__).resolve().parents[2] / "questions" / "tuning.jsonl"

# Terse, misspelt, with Japanese and other names, romanised and borrowed words.
ENGLISH = """\
seato end date
AUKUS pillar II japan?
sofa
Keidanren
Yoshida Shigeru
Kishi Nobusuke resignation
nato ip4 members
hub and spoke
Ampo treaty 1960
quad leaders summit
Article 9
dicas
gcap fighter partners
rahm emanuel
luzon corridor
futenma
Nixon doctrine guam
okinawa reversion date
who is kishida
Keidanren chairman
Anpo protests
Diet vote 1960
Shinzo Abe
PM Kishi
itpp areas
Camp David
Tokyo
japan us alliance
joint committee sofa
host nation support cost
checkbook diplomacy
burden sharing
Article V senkaku
senkaku islands
komeito position
san francisco system
Manila pact members
Dulles
Taepodong
sunagawa case
minilateral
latticework
squad vs quad
Marles Shapps Austin
Jervis Bay exercise
Virginia-class
SACO final report
Kanba Michiko
Operation Tomodachi
wat is aukus
wen was teh treaty sined
whats teh hub n spoke sistem
japn amercan aliance hstory
defence white paper
Rikkokai
bunker minesweepers gulf
Naha Kadena Yokota bases
Zenko Suzuki communique
communiqué Suzuki Reagan
Chargé d'affaires Raymond Greene
détente
coup d'état attempt
Vis-à-vis China
Nagoya
Ginowan mayor
de facto alliance
status quo
per capita GDP
ad hoc committee
casus belli
MOFA
kokutai
zaibatsu dissolution
amae
Meiji restoration
la dolce vita
NATO Vilnius
Madrid summit 2022
Santiago APEC 2004
San Diego announcement
Nakasone Yasuhiro
Hashimoto Clinton declaration
Taro Aso speech Brussels
Jens Stoltenberg
Mutual Defense Treaty
Taiwan relations act
Fumio
Albanese Sunak Biden
patriot missiles
gdp percent
1% ceiling
pko law
Iraq samawah
Indo-Pacific
FOIP
treaty text
signatories
USS Missouri
best ramen in osaka?
hi
hello
thanks
ok
test
pls explain quad
define minilateral
deterrence
Angela Merkel
Emmanuel Macron visit
Raison d'etre
Bundeswehr Japan visit
Charles de Gaulle
Bundestag
Maginot line
Rio de Janeiro
Buenos Aires G20
Al Qaeda
El Salvador
Los Angeles
Las Vegas
Sri Lanka port
Bandung
ASEAN
Konfrontasi
Realpolitik
Ostpolitik
Kaifu Toshiki
Sato Eisaku Nobel
kaigun
jieitai
Boei-sho
heiwa anzen hosei
shudanteki jieiken
omoiyari yosan
Kempo kyujo
ni plus ni
Sekai no keizai
okinawa henkan
Ryukyu
amerika
gaijin
samurai
senkaku diaoyu dispute
tokyo vs beijing
treaty san francisco 1951 article 6
Koizumi Junichiro
mine sweeping persian gulf
aukus submarines cost
japan nato partnership programme
trilateral camp david
reischauer
MacArthur Yoshida letters
the 2+2
kishida biden apr 2024
Marcos Kishida Biden
Ferdinand Marcos Jr.
Benigno Aquino
Bongbong
pres. Yoon Suk Yeol
Moon Jae-in
Xi Jinping
Lee Teng-hui
Modi
Manmohan Singh
Nobel prize sato
tanaka zhou enlai
plaza accord
semiconductor trade dispute
auto exports
voluntary export restraints
textile dispute
nuclear umbrella
three non nuclear principles
secret pact
mitsuyaku
densely inhabited district
Yokosuka homeport
carrier midway
LDP
JCP
Komei
sdf
us forces korea
tripwire
free rider
collective self defense
okinawa mon amour
a propos alliance
mission creep
rapprochement
entente cordiale
communique joint 1969
mein
no
Japan
Kan Naoto
Noda Yoshihiko
ozawa
Fukuda Takeo
Ohira Masayoshi
Miki Takeo
Tanaka Kakuei
Hatoyama Ichiro
Ikeda Hayato
Ashida Hitoshi
Murayama Tomiichi
Obuchi Keizo
Mori Yoshiro
Naha Kadena Yokota Misawa Sasebo Yokosuka Iwakuni
Tanaka Kakuei Ohira Masayoshi Fukuda Takeo Miki Takeo
naha kadena yokota misawa sasebo yokosuka iwakuni
tanaka kakuei ohira masayoshi fukuda takeo
rio de janeiro summit agenda
buenos aires declaration date
abe shinzo trump golf
jens stoltenberg tokyo visit
nakasone reagan ron yasu
the treaty
charles de gaulle nato exit
sao paulo honduras costa rica el salvador
bundeswehr frigate bayern tokyo port call
la perouse exercise
opération tonnerre exercise
jeanne d'arc mission
la pérouse
malabar exercise
talisman sabre
ryukyu shimpo okinawa times
asahi shimbun poll
yomiuri mainichi sankei
heiwa anzen hosei kempo kyujo
kokka anzen hosho senryaku
senshu boei
jieitai hoken
nichibei anpo joyaku
nichibei chii kyotei sofa
keidanren nippon steel uss
komeito soka gakkai ldp coalition
vis-a-vis ussr
treaty signatoires
bilateral alliance japan
sdf gsdf msdf asdf
kubota denno quiet
lockheed scandal tanaka
amakudari
gaiatsu
kurofune perry
uraga
sakoku
mutatis mutandis casus foederis
pacta sunt servanda
rebus sic stantibus japan treaty
jus ad bellum
quid pro quo okinawa textiles
ex ante ex post burden
communiqué conjoint
force de frappe
grande armée
wann aukus
signatories manila pact
treaty revision crisis kishi eisenhower hagerty
hagerty incident
michiko kanba death date
zengakuren sohyo
beheiren
anpo toso
""".splitlines()

FOREIGN = [
    ("ja", "日米安全保障条約はいつ署名されましたか"),
    ("ja", "AUKUSとは何ですか"),
    ("ja", "吉田茂は誰ですか"),
    ("ja", "ガイドラインはいつ改定された？"),
    ("zh", "美日安保条约是什么时候签署的？"),
    ("zh", "什么是四方安全对话"),
    ("ko", "미일 안보 조약은 언제 체결되었습니까?"),
    ("ko", "쿼드란 무엇인가?"),
    ("ru", "Когда был подписан договор о безопасности?"),
    ("ru", "Кто подписал договор 1960 года?"),
    ("uk", "Коли був підписаний договір про безпеку?"),
    ("ar", "متى تم توقيع معاهدة الأمن؟"),
    ("ar", "ما هو تحالف أوكوس؟"),
    ("he", "מתי נחתם הסכם הביטחון?"),
    ("th", "สนธิสัญญาความมั่นคงลงนามเมื่อใด"),
    ("hi", "सुरक्षा संधि पर कब हस्ताक्षर किए गए थे?"),
    ("el", "Πότε υπογράφηκε η συνθήκη ασφαλείας;"),
    ("ka", "როდის გაფორმდა ხელშეკრულება?"),
    ("bn", "নিরাপত্তা চুক্তি কবে স্বাক্ষরিত হয়?"),
    ("ta", "பாதுகாப்பு ஒப்பந்தம் எப்போது கையெழுத்தானது?"),
    ("de", "Wann wurde der Sicherheitsvertrag unterzeichnet?"),
    ("de", "Wer hat den Vertrag von 1960 unterschrieben?"),
    ("de", "Wie viele Minen haben die japanischen Schiffe geräumt?"),
    ("de", "Warum wurde das Bündnis geschlossen?"),
    ("fr", "Quand le traité de sécurité a-t-il été signé ?"),
    ("fr", "Qui a signé le traité de 1960 ?"),
    ("fr", "Qu'est-ce que le Quad ?"),
    ("fr", "Où se trouve le quartier général des forces américaines au Japon ?"),
    ("fr", "Combien de mines ont été détruites ?"),
    ("es", "¿Cuándo se firmó el tratado de seguridad?"),
    ("es", "¿Quién firmó el tratado de 1960?"),
    ("es", "¿Qué es el Quad?"),
    ("es", "donde esta la sede de las fuerzas de Estados Unidos en Japon"),
    ("pt", "Quando foi assinado o tratado de segurança?"),
    ("pt", "O que é a AUKUS?"),
    ("it", "Quando è stato firmato il trattato di sicurezza?"),
    ("it", "Chi ha firmato il trattato del 1960?"),
    ("nl", "Wanneer werd het veiligheidsverdrag ondertekend?"),
    ("nl", "Wie heeft het verdrag van 1960 getekend?"),
    ("pl", "Kiedy podpisano traktat o bezpieczeństwie?"),
    ("pl", "Kto podpisał traktat z 1960 roku?"),
    ("tr", "Güvenlik anlaşması ne zaman imzalandı?"),
    ("vi", "Hiệp ước an ninh được ký khi nào?"),
    ("vi", "Ai đã ký hiệp ước năm 1960?"),
    ("id", "Kapan perjanjian keamanan ditandatangani?"),
    ("id", "Siapa yang menandatangani perjanjian tahun 1960?"),
    ("sv", "När undertecknades säkerhetsavtalet?"),
    ("cs", "Kdy byla podepsána bezpečnostní smlouva?"),
    ("fi", "Milloin turvallisuussopimus allekirjoitettiin?"),
    ("hu", "Mikor írták alá a biztonsági szerződést?"),
    ("ro", "Când a fost semnat tratatul de securitate?"),
    ("da", "Hvornår blev sikkerhedstraktaten underskrevet?"),
    ("tl", "Kailan nilagdaan ang kasunduan sa seguridad?"),
]

# Too short to be sure: they are refused as unanswered, not for their language.
OPEN = [
    ("de", "Was ist AUKUS?"),
    ("pt", "Quem assinou o tratado de 1960?"),
    ("it", "Che cos'è il Quad?"),
    ("tr", "AUKUS nedir?"),
    ("sv", "Vem undertecknade fördraget 1960?"),
]


@pytest.mark.parametrize("question", ENGLISH)
def test_no_terse_english_question_is_taken_for_another_language(question: str) -> None:
    assert may_be(question, {"en"}) is True


def test_no_question_of_the_tuning_half_is_taken_for_another_language() -> None:
    asked = [json.loads(line)["text"] for line in TUNING.read_text("utf-8").splitlines()]
    assert [question for question in asked if not may_be(question, {"en"})] == []
    assert len(asked) == 120


@pytest.mark.parametrize(("language", "question"), FOREIGN)
def test_a_question_in_another_language_is_not_english(language: str, question: str) -> None:
    assert may_be(question, {"en"}) is False


@pytest.mark.parametrize(("language", "question"), FOREIGN + OPEN)
def test_a_question_may_be_in_a_language_of_the_collection(language: str, question: str) -> None:
    assert may_be(question, {language}) is True
    assert may_be(question, {"en", language}) is True


@pytest.mark.parametrize(("language", "question"), OPEN)
def test_what_is_not_sure_counts_for_the_question(language: str, question: str) -> None:
    assert may_be(question, {"en"}) is True


def test_the_cases_are_of_many_languages() -> None:
    assert len({language for language, _ in FOREIGN}) >= 25


def test_a_name_in_other_letters_makes_no_foreign_question() -> None:
    assert foreign_words("Who is 吉田茂?") == []
    assert may_be("Who is Σωκράτης Παπαδόπουλος?", {"en"}) is True


def test_a_name_in_latin_letters_makes_no_english_question() -> None:
    assert foreign_words("AUKUSとは何ですか") == ["とは何ですか"]
    assert may_be("Kishida首相は誰", {"en"}) is False


def test_han_alone_may_be_japanese_or_chinese() -> None:
    assert may_be("日米同盟", {"ja"}) is True
    assert may_be("日米同盟", {"zh"}) is True
    assert may_be("日米同盟", {"en"}) is False


def test_a_question_without_a_word_may_be_in_any_language() -> None:
    assert [may_be(question, {"en"}) for question in ("???", "1960", "🙂", "")] == [True] * 4


def test_kin_languages_count_for_each_other() -> None:
    assert may_be("Siapa yang menandatangani perjanjian tahun 1960?", {"ms"}) is True


def test_a_tag_is_read_to_its_language() -> None:
    assert [primary(tag) for tag in ("en", "en-GB", "zh-Hant-TW", "JA")] == ["en", "en", "zh", "ja"]


def test_a_text_of_several_words_tells_its_language() -> None:
    assert detect("The Treaty of Mutual Cooperation and Security was signed in Washington.") == "en"
    assert detect("日米安全保障条約は一九六〇年に署名された。") == "ja"
    assert detect("Der Vertrag wurde am 19. Januar 1960 in Washington unterzeichnet.") == "de"


@pytest.mark.parametrize(
    ("text", "is_so"),
    [
        ("What is AUKUS?", True),
        ("Who was Prime Minister Shinzo Abe (安倍晋三), and where was he born?", True),
        ("Où était Łukasz?", True),
        ("AUKUSの第二の柱", False),
        ("Что такое НАТО?", False),
        ("2015", True),
        ("", True),
    ],
)
def test_latin_letters_are_told_from_others(text: str, is_so: bool) -> None:
    assert is_latin(text) is is_so
