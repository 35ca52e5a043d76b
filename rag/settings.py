"""Settings: plain values from flags, the environment (BYLINE_*) and byline.toml; builds nothing.

In go the flags that were given; out comes one frozen value for each setting. Flags win over the environment, the environment over
byline.toml in the current folder, and that over byline.toml in the user's configuration folder. It does not know what the values are
used for.
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
    """What can be set once and for all; `None` leaves it to the archive and the reader. Make one with `load_settings`."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_ignore_empty=True, extra="forbid", frozen=True
    )

    archive: Path = Field(default_factory=lambda: user_data_path("byline") / "archive")
    model: str | None = Field(default=None, min_length=1)
    reader: str | None = Field(default=None, min_length=1)
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
    """The settings that hold here and now; a flag that is None was not given.

    :raises UsageError: if a value is not allowed, a key is not known or a file cannot be read; it names the key and where it stands.
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
    """The values of one file, none where there is no such file; a path in it is meant from the file's own folder."""
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
    for key in ("model", "reader", "reranker"):
        # A name may be a folder's or a hub's.
        if (
            isinstance(values.get(key), str)
            and values[key]
            and (folder := path.parent / Path(values[key]).expanduser()).is_dir()
        ):
            values[key] = str(folder)
    return values


def _place(key: str, given: Mapping[str, object]) -> str:
    """The key as it stands in the source whose value was taken."""
    if key in given:
        return f"--{key}"
    # Variables are found without regard to case, and those that are empty count as absent.
    if any(name.upper() == _PREFIX + key.upper() and value for name, value in os.environ.items()):
        return _PREFIX + key.upper()
    return next((f"{key} in {path}" for path in _files() if key in _read(path)), key)


def _hint(key: str) -> str:
    return (
        ""
        if key in Settings.model_fields
        else f"The settings are: {', '.join(Settings.model_fields)}."
    )
