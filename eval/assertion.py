"""Fails a test where an archive no longer answers its gold questions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from eval.gold.questions import GoldQuestion
from eval.run.record import evaluate
from eval.run.systems import EngineLike
from eval.scoring.summary import summary

if TYPE_CHECKING:
    from rag.store.archive import Archive


def assert_answers(
    archive: Archive,
    gold: Path | str | Sequence[GoldQuestion],
    *,
    engine: EngineLike | None = None,
) -> None:
    """Asks every gold question of an archive and fails unless all are answered right.

        def test_the_archive_answers():
            with open_archive("my-archive") as archive:
                assert_answers(archive, "gold.csv")

    :param engine: what is asked; by default Byline's engine over the archive.
    :raises AssertionError: if any is wrong, with the question, what was wanted, what came and the
        stage at fault; or if no question can be judged.
    :raises GoldError: if the gold file has faults.
    """
    if engine is None:
        from rag.engine import Engine

        engine = Engine(archive)
    run = evaluate(Path(gold) if isinstance(gold, str) else gold, engine, archive=archive)
    found = summary(run.gold, run.outcomes)
    if found.failures or not found.judged:
        raise AssertionError("\n".join([str(found), *map(str, found.failures)]))
