"""Loads settings: plain values from flags, the environment (BYLINE_*) and byline.toml.

Flags win over the environment, the environment over byline.toml in the current folder, and that
over byline.toml in the user's configuration folder.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from platformdirs import user_config_path, user_data_path
from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from rag.errors import UsageError

_FILE = "byline.toml"
_PREFIX = "BYLINE_"


class Settings(BaseSettings):
    """The settings; `None` leaves a value to the archive or the reader. See `load_settings`."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_ignore_empty=True, extra="forbid", frozen=True
    )

    archive: Path = Field(default_factory=lambda: user_data_path("byline") / "archive")
    model: str | None = Field(default=None, min_length=1)
    reader: str | None = Field(default=None, min_length=1)
    second_reader: str | None = Field(default=None, min_length=1)
    reranker: str | None = Field(default=None, min_length=1)
    llm: str | None = Field(default=None, min_length=1)
    llm_timeout: float = Field(default=120.0, gt=0, le=3600)
    chroma: str | None = Field(default=None, pattern=r"^https?://.")
    k: int = Field(default=10, ge=1, le=1000)
    threshold: float | None = Field(default=None, ge=0.0, le=1.0)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Where values come from, the strongest first."""
        return (
            init_settings,
            env_settings,
            *(InitSettingsSource(settings_cls, _read(path)) for path in _files()),
        )


def load_settings(**flags: object) -> Settings:
    """Loads the settings; a flag that is None counts as not given.

    :raises UsageError: if a value is not allowed, a key is unknown, or a file cannot be read; it
        names the key and its source.
    """
    given: dict[str, Any] = {key: value for key, value in flags.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        fault = error.errors()[0]
        key = str(fault["loc"][0])
        raise UsageError(
            f"{_place(key, given)}: {fault['msg'].lower()}.", hint=_hint(key)
        ) from error


def _files() -> tuple[Path, ...]:
    return Path(_FILE), user_config_path("byline") / _FILE


def _read(path: Path) -> dict[str, Any]:
    """The values of one file, empty if there is none; paths in it are relative to its folder."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{path} cannot be read: {error}", hint="It is a TOML file with lines such as: k = 10"
        ) from error
    if isinstance(values.get("archive"), str):
        values["archive"] = path.parent / Path(values["archive"]).expanduser()
    for key in ("model", "reader", "second_reader", "reranker"):
        if (
            isinstance(values.get(key), str)
            and values[key]
            and (folder := path.parent / Path(values[key]).expanduser()).is_dir()
        ):
            values[key] = str(folder)
    return values


def _place(key: str, given: Mapping[str, object]) -> str:
    """The key as it is written in the source of its value."""
    if key in given:
        return f"--{key}"
    # Case does not matter for variables, and empty ones count as absent.
    if any(name.upper() == _PREFIX + key.upper() and value for name, value in os.environ.items()):
        return _PREFIX + key.upper()
    return next((f"{key} in {path}" for path in _files() if key in _read(path)), key)


def _hint(key: str) -> str:
    return (
        ""
        if key in Settings.model_fields
        else f"The settings are: {', '.join(Settings.model_fields)}."
    )
