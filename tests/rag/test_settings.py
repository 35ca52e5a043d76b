"""Settings: which source wins, and that a bad value is named with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.errors import UsageError
from rag.settings import load_settings


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder and an empty configuration folder, and no variable of ours."""
    for name in (
        "ARCHIVE",
        "MODEL",
        "READER",
        "RERANKER",
        "LLM",
        "LLM_TIMEOUT",
        "CHROMA",
        "K",
        "THRESHOLD",
    ):
        monkeypatch.delenv(f"BYLINE_{name}", raising=False)
    monkeypatch.setattr("rag.settings.user_config_path", lambda name: tmp_path / "config" / name)
    (tmp_path / "config" / "byline").mkdir(parents=True)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path


def test_defaults_ask_for_nothing_but_an_archive_of_the_user() -> None:
    settings = load_settings(archive=None, k=None)
    assert settings.archive.name == "archive"
    assert settings.archive.is_absolute()
    assert (settings.model, settings.reader, settings.reranker) == (None, None, None)
    assert (settings.chroma, settings.k, settings.threshold) == (None, 10, None)


def test_a_flag_beats_the_environment_beats_here_beats_the_users_file(
    folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folders / "config" / "byline" / "byline.toml").write_text(
        "k = 1\nthreshold = 0.1\nmodel = 'one'\nchroma = 'http://one'\n"
    )
    (folders / "here" / "byline.toml").write_text("k = 2\nthreshold = 0.2\nmodel = 'two'\n")
    monkeypatch.setenv("BYLINE_K", "3")
    monkeypatch.setenv("BYLINE_THRESHOLD", "0.3")
    settings = load_settings(k=4)
    assert (settings.k, settings.threshold, settings.model, settings.chroma) == (
        4,
        0.3,
        "two",
        "http://one",
    )


def test_an_empty_variable_is_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BYLINE_K", "")
    assert load_settings().k == 10


def test_a_path_in_a_file_is_meant_from_the_files_folder(folders: Path) -> None:
    (folders / "config" / "byline" / "byline.toml").write_text("archive = 'news'\n")
    assert load_settings().archive == folders / "config" / "byline" / "news"
    assert load_settings(archive=Path("mine")).archive == Path("mine")


def test_a_model_in_a_file_is_a_folder_beside_it_or_a_name_on_a_hub(folders: Path) -> None:
    (folders / "config" / "byline" / "mine").mkdir()
    (folders / "config" / "byline" / "byline.toml").write_text(
        "reader = 'mine'\nreranker = 'org/sorter'\n"
    )
    settings = load_settings()
    assert (settings.reader, settings.reranker) == (
        str(folders / "config" / "byline" / "mine"),
        "org/sorter",
    )


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("k = 0\n", ["k in byline.toml", "greater than or equal to 1"]),
        ("k = 'many'\n", ["k in byline.toml", "integer"]),
        ("threshold = 1.5\n", ["threshold in byline.toml", "less than or equal to 1"]),
        ("chroma = 'file:///x'\n", ["chroma in byline.toml"]),
        ("archiv = 'x'\n", ["archiv in byline.toml", "not permitted"]),
        ("k = \n", ["byline.toml cannot be read"]),
    ],
)
def test_a_bad_file_is_a_usage_error_that_names_key_and_file(
    folders: Path, text: str, names: list[str]
) -> None:
    (folders / "here" / "byline.toml").write_text(text)
    with pytest.raises(UsageError) as caught:
        load_settings()
    assert all(name in caught.value.message for name in names), caught.value.message


def test_an_unknown_key_gets_the_known_ones(folders: Path) -> None:
    (folders / "here" / "byline.toml").write_text("archiv = 'x'\n")
    with pytest.raises(UsageError) as caught:
        load_settings()
    assert (
        "archive, model, reader, second_reader, reranker, llm, llm_timeout, chroma, k, threshold"
        in caught.value.hint
    )


def test_a_bad_variable_and_a_bad_flag_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BYLINE_K", "-1")
    with pytest.raises(UsageError, match=r"^BYLINE_K: "):
        load_settings()
    with pytest.raises(UsageError, match=r"^--k: "):
        load_settings(k=0)


def test_settings_do_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings().k = 3
