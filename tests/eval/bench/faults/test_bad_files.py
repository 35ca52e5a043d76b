"""Hostile files: some of each way, and whether one that takes too much is noticed."""

from __future__ import annotations

import pytest

from eval.bench.faults import bad_files, hostile_files
from eval.bench.faults.hostile_files import HostileFile, make


def test_the_same_number_makes_the_same_file_and_all_ways_and_formats_come():
    made = [make(1, number) for number in range(300)]
    assert made[:20] == [make(1, number) for number in range(20)]
    assert {file.way for file in made} == hostile_files._WAYS.keys()
    suffixes = {f".{part}" for file in made for part in file.name.split(".")[1:]}
    assert suffixes >= {*hostile_files.FORMATS, ".gz"}


@pytest.mark.parametrize("suffix", hostile_files.FORMATS)
def test_a_file_that_nobody_altered_is_an_article(tmp_path, suffix):
    from ingest import ingest
    from rag.store.archive import open_archive

    (tmp_path / f"a{suffix}").write_bytes(hostile_files.FORMATS[suffix](bytes))
    with open_archive(tmp_path / "x", create=True, embedder=bad_files.MadeVectors()) as archive:
        report = ingest(archive, [tmp_path / f"a{suffix}"])
        assert [result.reason for result in report.results] == [None] * len(report.results)
        assert len(archive) >= 1


def test_hostile_files_are_refused_or_read():
    trials = bad_files.measure(40, seed=2)
    assert trials.problems == []


def test_a_file_that_takes_too_much_is_a_problem(monkeypatch):
    monkeypatch.setattr(bad_files, "LONGEST_S", -1)
    monkeypatch.setattr(bad_files, "LARGEST_MIB", -1)
    monkeypatch.setattr(bad_files, "make", lambda *_: HostileFile("odd", "a.txt", b"no"))
    sorts = [problem.sort for problem in bad_files.measure(1).problems]
    assert sorts == ["over 20 s", "over 500 MB"]
