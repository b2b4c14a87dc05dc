"""Settings: where they come from, and what is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import SecretStr

from alliance_qa.errors import SettingsError
from alliance_qa.settings import Settings, environment, load

TOKEN = "a-token-of-many-letters"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder and an environment without our variables."""
    for name in [name for name in os.environ if name.upper().startswith("ALLIANCE_QA_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refusal() -> str:
    with pytest.raises(SettingsError) as caught:
        load()
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_the_defaults_work_on_a_laptop() -> None:
    assert load().model_dump() == {
        "documents": Path("documents"),
        "index": Path("index"),
        "host": "127.0.0.1",
        "port": 8000,
        "model": "all-MiniLM-L6-v2",
        "question_prompt": "",
        "passage_prompt": "",
        "passage_tokens": 160,
        "reader": True,
        "top_k": 5,
        "retained_generations": 1,
        "faiss_factory": "",
        "store": "faiss",
        "milvus_uri": "",
        "milvus_token": None,
        "milvus_database": "",
        "segment_passages": 32_768,
        "read_seconds": 10.0,
        "read_memory_mb": 512,
        "admin_token": None,
        "upload_mb": 64,
        "upload_types": (),
        "hosts": (),
        "origins": (),
        "max_body_bytes": 65_536,
        "connections": 1_000,
        "connections_per_address": 100,
        "limit_per_address": "60/minute",
        "limit_per_network": "240/minute",
        "limit_per_conversation": "30/minute",
        "limit_overall": "600/minute",
        "limit_wrong_tokens": "10/minute",
        "limit_storage": "memory",
        "limit_pages": "120/minute",
        "question_seconds": 10.0,
        "queue_seconds": 10.0,
        "trusted_proxies": "",
        "public_url": "",
        "first": ("alliance-gone-global-digest.md",),
        "examples": (),
        "llm_url": "",
        "llm_model": "",
        "llm_key": None,
        "llm_seconds": 20.0,
        "llm_uses": ("word",),
        "wording": "verbatim",
        "query_log": None,
        "query_log_days": 30,
        "messages": None,
        "messages_days": 90,
        "contact": "",
        "contact_url": "",
    }


def test_every_setting_says_what_it_is() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_a_variable_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLIANCE_QA_TOP_K", "7")
    monkeypatch.setenv("ALLIANCE_QA_DOCUMENTS", "elsewhere/資料")
    settings = load()
    assert (settings.top_k, settings.documents) == (7, Path("elsewhere/資料"))


def test_the_file_sets(folder: Path) -> None:
    (folder / "alliance-qa.toml").write_text('port = 9000\norigins = ["https://a.example"]\n')
    settings = load()
    assert (settings.port, settings.origins) == (9000, ("https://a.example",))


def test_a_variable_wins_over_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "alliance-qa.toml").write_text("port = 9000\ntop_k = 9\n")
    monkeypatch.setenv("ALLIANCE_QA_PORT", "9001")
    settings = load()
    assert (settings.port, settings.top_k) == (9001, 9)


def test_what_is_given_wins_over_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLIANCE_QA_PORT", "9001")
    assert load(port=9002).port == 9002


def test_an_empty_variable_leaves_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLIANCE_QA_PORT", "")
    monkeypatch.setenv("ALLIANCE_QA_ADMIN_TOKEN", "")
    settings = load()
    assert (settings.port, settings.admin_token) == (8000, None)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load().port = 1  # type: ignore[misc]


def test_an_unknown_variable_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLIANCE_QA_TOPK", "the-value")
    message = refusal()
    assert message.startswith("ALLIANCE_QA_TOPK is not a setting; the settings are ALLIANCE_QA_ADMIN_TOKEN, ")
    assert "the-value" not in message


def test_an_unknown_name_in_the_file_is_refused_by_name(folder: Path) -> None:
    (folder / "alliance-qa.toml").write_text('topk = "the-value"\n')
    message = refusal()
    assert message.startswith("topk in alliance-qa.toml is not a setting; the settings are documents, index,")
    assert "the-value" not in message


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (
            "TOP_K",
            "many",
            "ALLIANCE_QA_TOP_K='many' is not valid: "
            "input should be a valid integer, unable to parse string as an integer",
        ),
        (
            "TOP_K",
            "0",
            "ALLIANCE_QA_TOP_K='0' is not valid: input should be greater than or equal to 1",
        ),
        ("TOP_K", "51", "ALLIANCE_QA_TOP_K='51' is not valid: input should be less than or equal to 50"),
        (
            "PORT",
            "65536",
            "ALLIANCE_QA_PORT='65536' is not valid: input should be less than or equal to 65535",
        ),
        (
            "MAX_BODY_BYTES",
            "1023",
            "ALLIANCE_QA_MAX_BODY_BYTES='1023' is not valid: input should be greater than or equal to 1024",
        ),
        (
            "PASSAGE_TOKENS",
            "15",
            "ALLIANCE_QA_PASSAGE_TOKENS='15' is not valid: input should be greater than or equal to 16",
        ),
        (
            "RETAINED_GENERATIONS",
            "-1",
            "ALLIANCE_QA_RETAINED_GENERATIONS='-1' is not valid: input should be greater than or equal to 0",
        ),
    ],
)
def test_a_malformed_variable_is_named_with_its_value_and_why(
    name: str, value: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"ALLIANCE_QA_{name}", value)
    assert refusal() == message


def test_every_malformed_setting_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLIANCE_QA_TOP_K", "0")
    monkeypatch.setenv("ALLIANCE_QA_PORT", "-1")
    assert refusal() == (
        "ALLIANCE_QA_PORT='-1' is not valid: input should be greater than or equal to 0; "
        "ALLIANCE_QA_TOP_K='0' is not valid: input should be greater than or equal to 1"
    )


def test_a_line_end_in_a_value_stays_in_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLIANCE_QA_TOP_K", "5\n\x1b[31mred")
    assert refusal().startswith("ALLIANCE_QA_TOP_K='5\\n\\x1b[31mred' is not valid: ")


def test_a_file_that_is_no_toml_is_refused_with_its_place(folder: Path) -> None:
    (folder / "alliance-qa.toml").write_text('admin_token = "secret-secret-secret\nport = 1\n')
    message = refusal()
    assert message.startswith("alliance-qa.toml is not valid TOML (")
    assert "line 1" in message
    assert "secret-secret" not in message


def test_a_file_that_is_no_utf_8_is_refused(folder: Path) -> None:
    (folder / "alliance-qa.toml").write_bytes(b'model = "caf\xe9"\n')
    assert refusal() == "alliance-qa.toml is not UTF-8 (byte 12); save it as UTF-8 or remove it"


def test_the_admin_token_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLIANCE_QA_ADMIN_TOKEN", TOKEN)
    settings = load()
    assert settings.admin_token is not None
    assert settings.admin_token.get_secret_value() == TOKEN
    assert TOKEN not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"


def test_a_token_that_is_too_short_is_refused_without_showing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLIANCE_QA_ADMIN_TOKEN", "fifteen-letters")
    assert refusal() == (
        "ALLIANCE_QA_ADMIN_TOKEN=(hidden) is not valid: value should have at least 16 items after validation, not 15"
    )


def test_a_token_of_another_type_is_refused_without_showing_it(folder: Path) -> None:
    (folder / "alliance-qa.toml").write_text("admin_token = 12345678901234567\n")
    assert refusal() == "ALLIANCE_QA_ADMIN_TOKEN=(hidden) is not valid: input should be a valid string"


def test_origins_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLIANCE_QA_ORIGINS", " https://a.example , http://localhost:3000,,")
    assert load().origins == ("https://a.example", "http://localhost:3000")


@pytest.mark.parametrize("origin", ["http://localhost", "https://[::1]:8443", "http://10.0.0.1:443"])
def test_an_origin_that_a_browser_sends_is_taken(origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLIANCE_QA_ORIGINS", origin)
    assert load().origins == (origin,)


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "https://*.example",
        "https://a.example/",
        "https://a.example/path",
        "https://a.example?x",
        "https://a.example#x",
        "https://user@a.example",
        "a.example",
        "//a.example",
        "ftp://a.example",
        "https://",
        "null",
        "https://a b.example",
        "HTTPS://a.example",
        "https://A.example",
        "https://a.example:443",
        "http://a.example:80",
        "https://a.example:port",
        "https://bücher.example",
    ],
)
def test_an_origin_that_no_browser_sends_is_refused(origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLIANCE_QA_ORIGINS", f"https://good.example,{origin}")
    message = refusal()
    assert message.startswith("ALLIANCE_QA_ORIGINS=")
    assert "is not valid: must be " in message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("documents", Path("elsewhere/資料")),
        ("index", Path("/var/index")),
        ("model", "a-model"),
        ("question_prompt", "query: "),
        ("passage_prompt", "passage: "),
        ("passage_tokens", 99),
        ("retained_generations", 0),
        ("faiss_factory", "Flat"),
        ("store", "milvus"),
        ("milvus_uri", "https://milvus.example.org:19530"),
        ("milvus_token", SecretStr("user:password")),
        ("milvus_database", "questions"),
        ("segment_passages", 99),
        ("read_seconds", 2.5),
        ("read_memory_mb", 128),
    ],
)
def test_a_process_that_rebuilds_has_the_same_settings(
    name: str, value: object, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = load(**{name: value})
    for variable, text in environment(given).items():
        monkeypatch.setenv(variable, text)
    assert getattr(load(), name) == value
    assert load() == given


def test_a_process_that_rebuilds_is_not_given_the_token() -> None:
    assert TOKEN not in str(environment(load(admin_token=TOKEN)))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("READ_SECONDS", "0", "input should be greater than or equal to 0.1"),
        ("READ_SECONDS", "nan", "input should be less than or equal to 3600"),
        ("READ_MEMORY_MB", "127", "input should be greater than or equal to 128"),
        ("FAISS_FACTORY", "x" * 101, "string should have at most 100 characters"),
    ],
)
def test_a_limit_that_is_none_is_refused(name: str, value: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"ALLIANCE_QA_{name}", value)
    assert refusal() == f"ALLIANCE_QA_{name}={value!r} is not valid: {message}"


def test_examples_are_separated_by_bars(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLIANCE_QA_EXAMPLES", "What is AUKUS, in short? | Who wrote it?|")
    assert load().examples == ("What is AUKUS, in short?", "Who wrote it?")


@pytest.mark.parametrize("value", ["60/minute", "10 per hour", "5/second;100/day", "off"])
def test_a_limit_is_written_as_the_field_writes_it(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLIANCE_QA_LIMIT_PER_ADDRESS", value)
    assert load().limit_per_address == value


@pytest.mark.parametrize("value", ["60", "often", "-1/minute", "1/fortnight", "none"])
def test_a_rate_that_is_none_is_refused_with_an_example(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLIANCE_QA_LIMIT_OVERALL", value)
    assert refusal() == (
        f"ALLIANCE_QA_LIMIT_OVERALL={value!r} is not valid: "
        'must be such as "60/minute" or "60/minute;500/day", or "off"'
    )


def test_a_public_url_is_an_origin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLIANCE_QA_PUBLIC_URL", "https://qa.example.org/")
    assert load().public_url == "https://qa.example.org"
    monkeypatch.setenv("ALLIANCE_QA_PUBLIC_URL", "javascript:alert(1)")
    assert "must be scheme://host[:port] in lower case, without a path or a default port" in refusal()
    monkeypatch.setenv("ALLIANCE_QA_PUBLIC_URL", "https://qa.example.org:443")  # no browser sends it as an Origin
    assert "without a path or a default port" in refusal()


def test_hosts_are_written_as_browsers_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLIANCE_QA_HOSTS", "QA.lan, 192.168.1.5, fd00:0::5,[FD00::6],,")
    assert load().hosts == ("qa.lan", "192.168.1.5", "[fd00::5]", "[fd00::6]")


@pytest.mark.parametrize(
    "host", ["*", "*.lan", "qa.lan:8000", "[fd00::5]:8000", "http://qa.lan", "qa.lan/", "b\u00fccher.example", "a b"]
)
def test_a_host_that_no_browser_sends_is_refused(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLIANCE_QA_HOSTS", f"good.lan,{host}")
    assert "is not valid: must be names or addresses of hosts, without a scheme, a port or *" in refusal()


@pytest.mark.parametrize("value", ["10.0.0.1", "10.0.0.1, fd00::1", "10.0.0.0/8,fd00::/8"])
def test_proxies_are_addresses_or_networks(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLIANCE_QA_TRUSTED_PROXIES", value)
    assert load().trusted_proxies == value


@pytest.mark.parametrize("value", ["*", "nginx", "10.0.0.1/8", "10.0.0.1:80"])
def test_what_is_no_proxy_is_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLIANCE_QA_TRUSTED_PROXIES", value)
    assert "is not valid: must be addresses or networks, such as" in refusal()


@pytest.mark.parametrize(
    "url",
    ["ftp://host/v1", "https://user:secret@host/v1", "https://host/v1?key=secret", "host:8000", "https://host/#a"],
)
def test_an_address_of_a_model_that_is_none_is_refused_and_not_shown(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLIANCE_QA_LLM_URL", url)
    assert refusal() == (
        "ALLIANCE_QA_LLM_URL=(hidden) is not valid: "
        "must be http(s)://host[:port][/path], without a name, a password, ? or #"
    )


def test_the_key_of_a_model_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLIANCE_QA_LLM_KEY", TOKEN)
    assert TOKEN not in repr(load())
    assert TOKEN not in str(environment(load()))
