"""All settings, read once from the environment and `alliance-qa.toml`."""

from __future__ import annotations

import ipaddress
import os
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from alliance_qa.errors import SettingsError

PREFIX = "ALLIANCE_QA_"
FILE = Path("alliance-qa.toml")

# What browsers send as Origin (RFC 6454, section 6.1); any other text would never match.
_ORIGIN = re.compile(r"https?://(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")
_SERVER = re.compile(r"https?://(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~/-]*)?")
_STORAGE = re.compile(
    r"rediss?://(?:[^/?#\[\]@\s]*@)?(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?:/[0-9]{1,4})?|redis\+unix:///[^?#\s]+"
)
_MILVUS = re.compile(r"https?://(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?/?")
_CONTACT = re.compile(r"(?:https?://|mailto:)[!-~]+", re.IGNORECASE)  # what a visitor may be led to
_DEFAULT_PORT = re.compile(r"http:.*:80|https:.*:443")
# What browsers send as Host, without its port.
_HOST = re.compile(r"[a-z0-9._-]{1,253}|\[[0-9a-f:.]+\]")


def _is_origin(text: str) -> bool:
    return _ORIGIN.fullmatch(text) is not None and not _DEFAULT_PORT.fullmatch(text)


def host_name(text: str) -> str:
    """Return a host as browsers write it in a Host header: in lower case, an IPv6 address short and in brackets."""
    name = text.strip().lower()
    try:
        address = ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return name
    return str(address) if address.version == 4 else f"[{address}]"


class Settings(BaseSettings):
    """What a keeper can set. A variable of the environment wins over the file."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, toml_file=FILE, extra="forbid", frozen=True, env_ignore_empty=True
    )

    documents: Path = Field(Path("documents"), description="folder of the collection")
    index: Path = Field(Path("index"), description="folder of the index; made by `alliance-qa index`")
    host: str = Field("127.0.0.1", description="address to serve on")
    port: int = Field(8000, ge=0, le=65535, description="port to serve on; 0 takes any free one")
    model: str = Field(
        "all-MiniLM-L6-v2",
        min_length=1,
        description="sentence-transformers model: a name or a folder; or `multilingual-e5-small`",
    )
    question_prompt: str = Field(
        "", description="text that the model wants before a question; empty for what its own files say"
    )
    passage_prompt: str = Field("", description="text that the model wants before a passage, likewise")
    passage_tokens: int = Field(
        160, ge=16, le=4096, description="longest passage, in tokens of the model; cut to what it reads"
    )
    reader: bool = Field(
        True, description="let the trained reader read the passages found; without it answers are faster and worse"
    )
    top_k: int = Field(5, ge=1, le=50, description="passages returned when a question does not say how many")
    retained_generations: int = Field(1, ge=0, le=100, description="earlier generations kept for rollback")
    faiss_factory: str = Field("", max_length=100, description="FAISS factory string; empty chooses by size")
    store: Literal["faiss", "milvus"] = Field(
        "faiss", description="what proposes passages: FAISS in the index folder, or a Milvus server"
    )
    milvus_uri: str = Field("", description="address of the Milvus server: https://host[:port]")
    milvus_token: SecretStr | None = Field(None, description="its token, or user:password, where it wants one")
    milvus_database: str = Field(
        "", max_length=255, pattern=r"^[A-Za-z0-9_]*$", description="database there; empty for the server's default"
    )
    segment_passages: int = Field(
        32_768,
        ge=64,
        le=4_194_304,
        description="most passages of a segment of the index: one deleted document has as many written again",
    )
    read_seconds: float = Field(
        10,
        ge=0.1,
        le=3_600,
        description="processor time to read a small file, in seconds; a file gets six times as much more for each "
        "MiB of its size, sixty times at most",
    )
    read_memory_mb: int = Field(512, ge=128, le=65_536, description="most memory to read one file, in MiB")
    admin_token: SecretStr | None = Field(
        None, min_length=16, description="opens the admin calls; without one they do not exist"
    )
    upload_mb: int = Field(
        64, ge=0, le=64, description="largest file that a keeper may put over HTTP, in MiB; 0 takes and removes none"
    )
    upload_types: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="suffixes that it and what lies in it may have (`.pdf,.docx`); empty: every type that is read",
    )
    hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="names that visitors call the service by, separated by commas, without a port; 127.0.0.1, "
        "localhost, [::1] and those of `ALLIANCE_QA_HOST` and `ALLIANCE_QA_PUBLIC_URL` need not be named",
    )
    origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="origins of pages that may call the service, separated by commas; exact, never *"
    )
    max_body_bytes: int = Field(65_536, ge=1_024, le=16_777_216, description="longest request body")
    connections: int = Field(
        1_000,
        ge=1,
        le=65_536,
        description="most connections at once; a third of the free descriptors where that is less",
    )
    connections_per_address: int = Field(
        100, ge=1, le=65_536, description="most of them from one address (of IPv6: one /64) that is no trusted proxy"
    )
    limit_per_address: str = Field(
        "60/minute", description='questions from one address (of IPv6: one /64), such as "60/minute;500/day"; or "off"'
    )
    limit_per_network: str = Field(
        "240/minute", description="questions from one IPv6 network (/48), the most that one subscriber holds"
    )
    limit_per_conversation: str = Field("30/minute", description="questions in one conversation")
    limit_overall: str = Field("600/minute", description="questions from everybody")
    limit_wrong_tokens: str = Field(
        "10/minute",
        description="wrong admin tokens from one address (of IPv6: one /48); over it none from there is looked at",
    )
    limit_storage: str = Field(
        "memory",
        max_length=1_000,
        repr=False,
        description="where these are counted: memory, or a Redis that several replicas share, such as "
        "redis://host:6379/0",
    )
    limit_pages: str = Field(
        "120/minute", description="pages of PDF files drawn for one address (of IPv6: one /48), those kept aside"
    )
    question_seconds: float = Field(
        10, ge=0.1, le=600, description="processor time that a question may take, in seconds; over it the answer is 503"
    )
    queue_seconds: float = Field(
        10, ge=0.1, le=60, description="longest time that a question waits for its turn, in seconds; over it 503"
    )
    trusted_proxies: str = Field(
        "",
        description="addresses or networks, separated by commas, whose X-Forwarded-For and -Proto are believed; "
        "empty believes nobody",
    )
    public_url: str = Field("", description="where visitors find the service, if not where it listens: https://…")
    first: Annotated[tuple[str, ...], NoDecode] = Field(
        ("alliance-gone-global-digest.md",),
        description="documents that lists and greetings begin with: paths in the documents folder, separated by "
        "commas; * stands for anything",
    )
    examples: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="questions to greet visitors with, between vertical bars; empty makes some from the documents"
    )
    query_log: Path | None = Field(None, description="SQLite file to log questions in; without one none is kept")
    query_log_days: int = Field(30, ge=1, le=3_650, description="how long a question is kept")
    messages: Path | None = Field(
        None,
        description="SQLite file for refused questions that visitors send to the keeper, where questions are kept; "
        "without one none can be sent",
    )
    messages_days: int = Field(90, ge=1, le=3_650, description="how long such a question is kept")
    contact: str = Field("", max_length=300, description="line shown with a refusal and on every page: whom to ask")
    contact_url: str = Field("", max_length=500, description="where it leads: `https://…` or `mailto:…`")

    llm_url: str = Field("", description="address of an OpenAI-compatible server that may word answers: https://…/v1")
    llm_model: str = Field("", max_length=200, description="name of the language model there")
    llm_key: SecretStr | None = Field(None, description="its API key, where it wants one")
    llm_seconds: float = Field(20, ge=0.1, le=300, description="most time that one question waits for it, all calls")
    llm_uses: Annotated[tuple[Literal["word", "select", "resolve"], ...], NoDecode] = Field(
        ("word",),
        description="what it may do, separated by commas: word answers, select the sentences that answer, resolve "
        "follow-ups",
    )
    wording: Literal["verbatim", "composed"] = Field(
        "verbatim", description="how answers are worded unless a request says: quotes alone, or composed and proved"
    )

    @field_validator("hosts", "origins", "first", "examples", "llm_uses", "upload_types", mode="before")
    @classmethod
    def _separate(cls, value: object, info: ValidationInfo) -> object:
        separator = "|" if info.field_name == "examples" else ","
        return [part.strip() for part in value.split(separator) if part.strip()] if isinstance(value, str) else value

    @field_validator(
        "limit_per_address",
        "limit_per_network",
        "limit_per_conversation",
        "limit_overall",
        "limit_wrong_tokens",
        "limit_pages",
    )
    @classmethod
    def _limit(cls, value: str) -> str:
        from limits import parse_many

        try:
            if value != "off":
                parse_many(value)
        except ValueError:
            raise ValueError('must be such as "60/minute" or "60/minute;500/day", or "off"') from None
        return value

    @field_validator("limit_storage")
    @classmethod
    def _storage(cls, value: str) -> str:
        try:
            parts = urlsplit(value)
            _ = parts.port, (parts.hostname or "").encode("idna")  # raise ValueError where they are none
            is_known = value == "memory" or _STORAGE.fullmatch(value) is not None
        except ValueError:  # which shows a part of the address, and it may be one of the password
            is_known = False
        if not is_known:
            raise ValueError(
                "must be memory, redis://host:port/number, rediss://… or redis+unix:///path; a sign such as / # ? @ "
                "of a password is written in percent"
            ) from None
        return value

    @field_validator("public_url")
    @classmethod
    def _address(cls, value: str) -> str:
        value = value.rstrip("/")
        if value and not _is_origin(value):
            raise ValueError("must be scheme://host[:port] in lower case, without a path or a default port")
        return value

    @field_validator("hosts")
    @classmethod
    def _names(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        names = tuple(map(host_name, hosts))
        if not all(map(_HOST.fullmatch, names)):
            raise ValueError("must be names or addresses of hosts, without a scheme, a port or *")
        return names

    @field_validator("contact")
    @classmethod
    def _line(cls, value: str) -> str:
        if not value.isprintable():
            raise ValueError("must be one line, without control characters")
        return value.strip()

    @field_validator("contact_url")
    @classmethod
    def _led(cls, value: str) -> str:
        if value and not _CONTACT.fullmatch(value):
            raise ValueError("must be https://…, http://… or mailto:…, without spaces")
        return value

    @field_validator("upload_types")
    @classmethod
    def _suffixes(cls, types: tuple[str, ...]) -> tuple[str, ...]:
        if not all(re.fullmatch(r"\.[a-z0-9]+", each) for each in types):
            raise ValueError("must be suffixes in lower case with the dot, such as .pdf,.docx")
        return types

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: str) -> str:
        try:
            for part in filter(None, value.split(",")):
                ipaddress.ip_network(part.strip())
        except ValueError:
            raise ValueError('must be addresses or networks, such as "10.0.0.1,192.168.0.0/24"') from None
        return value

    @field_validator("llm_url")
    @classmethod
    def _llm(cls, value: str) -> str:
        value = value.rstrip("/")
        if value and not _SERVER.fullmatch(value):
            raise ValueError("must be http(s)://host[:port][/path], without a name, a password, ? or #")
        return value

    @field_validator("milvus_uri")
    @classmethod
    def _milvus(cls, value: str) -> str:
        if value and not _MILVUS.fullmatch(value):
            raise ValueError("must be http(s)://host[:port], without a name, a password or a path")
        return value.rstrip("/")

    @field_validator("origins")
    @classmethod
    def _exact(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if not _is_origin(origin):
                raise ValueError(
                    "must be scheme://host[:port] as a browser sends it: in lower case, without a path, "
                    "a default port or *"
                )
        return origins

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load(**given: Any) -> Settings:
    """Read the settings; `given` wins over the environment, which wins over the file.

    Raises:
        SettingsError: A name is unknown or a value malformed; the message names it.
    """
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    for name in sorted(os.environ):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            raise SettingsError(f"{name} is not a setting; the settings are {', '.join(sorted(known))}")
    try:
        return Settings(**given)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{FILE} is not valid TOML ({error}); mend it or remove it") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{FILE} is not UTF-8 (byte {error.start}); save it as UTF-8 or remove it") from error
    except OSError as error:
        raise SettingsError(f"{FILE} cannot be read ({error.strerror}); mend it or remove it") from error
    except ValidationError as error:
        raise SettingsError("; ".join(_explain(dict(problem)) for problem in error.errors())) from None


def environment(settings: Settings) -> dict[str, str]:
    """Return the variables by which another process reads the same settings."""
    token = settings.milvus_token
    secrets = {f"{PREFIX}MILVUS_TOKEN": token.get_secret_value()} if token else {}
    return secrets | {
        PREFIX + name.upper(): str(getattr(settings, name))
        for name in (
            "documents",
            "index",
            "model",
            "question_prompt",
            "passage_prompt",
            "passage_tokens",
            "retained_generations",
            "faiss_factory",
            "store",
            "milvus_uri",
            "milvus_database",
            "segment_passages",
            "read_seconds",
            "read_memory_mb",
        )
    }


_HIDDEN = (
    "admin_token",
    "limit_storage",
    "llm_key",
    "llm_url",
    "milvus_token",
    "milvus_uri",
)  # an address may hold a password by mistake


def _explain(problem: dict[str, Any]) -> str:
    field = str(problem["loc"][0])
    if problem["type"] == "extra_forbidden":
        return f"{field} in {FILE} is not a setting; the settings are {', '.join(Settings.model_fields)}"
    shown = "(hidden)" if field in _HIDDEN else repr(problem["input"])
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"{PREFIX}{field.upper()}={shown} is not valid: {message[0].lower()}{message[1:]}"
