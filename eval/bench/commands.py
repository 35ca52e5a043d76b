"""The command line of the benchmarks, `byline eval bench …`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.errors import UsageError

if TYPE_CHECKING:
    from eval.bench.speed import SpeedRow

app = typer.Typer(
    help="Measure speed, load, growth, faults and a lying model.", no_args_is_help=True
)
JsonOption = Annotated[bool, typer.Option("--json", help="JSON instead of a table.")]


@app.command()
def speed(
    shared: Annotated[Path, typer.Option(help="The folder that holds corpora/ and gold/.")] = Path(
        "../shared"
    ),
    as_json: JsonOption = False,
) -> None:
    """Measure Byline beside the plain LlamaIndex pipeline."""
    from eval.bench.speed import bench

    _show(bench(shared), as_json=as_json)


@app.command()
def page(as_json: JsonOption = False) -> None:
    """Load the chat page over the sample articles with one person, then with eight.

    Exit code 1 where an answer was lost, failed or was another's.
    """
    import os
    import signal

    from eval.bench.page import load_test
    from eval.bench.speed import page_rows
    from eval.gate import CORPUS, GOLD
    from eval.gold.questions import folder_sources, load_gold

    # Whoever stops this process stops the page, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    questions = load_gold(GOLD, sources=folder_sources(CORPUS))
    machine = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before"
    load = load_test([question.question for question in questions])
    _show(page_rows(load, machine), as_json=as_json)
    if load.problems:
        typer.echo("\n".join(load.problems), err=True)
        raise typer.Exit(1)


@app.command("adversarial-llm")
def adversarial_llm(
    gold: Annotated[list[Path], typer.Option(help="A file of gold questions with evidence.")],
    corpus: Annotated[list[Path], typer.Option(help="The articles of each --gold.")],
    each: Annotated[
        int, typer.Option(help="At most so many statements of each kind, a gold file.")
    ] = 200,
    archives: Annotated[Path | None, typer.Option(help="Keep the archives in this folder.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure what a lying language model gets past the checks."""
    from eval.bench.adversarial_llm import measure_files

    if len(gold) != len(corpus):
        raise UsageError(
            "Each --gold needs its --corpus.", hint="Give as many of both, in the same order."
        )
    measured = measure_files(list(zip(gold, corpus, strict=True)), each=each, archives=archives)
    typer.echo(json.dumps(measured.to_json()) if as_json else measured.table())


@app.command()
def injections() -> None:
    """Measure whether text of articles that speaks to a language model becomes an answer.

    Exit code 1 where it does.
    """
    from eval.bench.injections import measure, read_articles, table

    rows = measure(read_articles())
    typer.echo(table(rows))
    if any(row.is_planted for row in rows):
        raise typer.Exit(1)


@app.command()
def scale(
    folder: Annotated[Path, typer.Argument(help="Where the made archive is kept, to grow on.")],
    articles: Annotated[list[int], typer.Option(help="A size to measure; may be repeated.")],
    as_json: JsonOption = False,
) -> None:
    """Measure how an archive of made articles and vectors grows."""
    from eval.bench.scale import measure, table

    rows = list(measure(folder, articles))
    typer.echo(json.dumps([row._asdict() for row in rows]) if as_json else table(rows))


@app.command()
def faults(
    kills: Annotated[int, typer.Option(help="How many commands are killed.")] = 200,
    files: Annotated[int, typer.Option(help="How many hostile files are read.")] = 10_000,
    damages: Annotated[int, typer.Option(help="How many kinds of damage are tried.")] = 100,
    seed: Annotated[int, typer.Option(help="Another seed, other moments, files, damages.")] = 0,
) -> None:
    """Kill commands at random moments, read hostile files, and damage archives.

    Exit code 1 where one was not borne: something lost, stuck, misread or untold, a file that took
    too much.
    """
    from eval.bench.faults import bad_files
    from eval.bench.faults import damages as damaged
    from eval.bench.faults import kills as killed
    from eval.bench.faults.trials import table

    kinds = ((killed, kills), (bad_files, files), (damaged, damages))
    rows = [module.measure(count, seed=seed) for module, count in kinds if count]
    typer.echo(table(rows))
    if any(row.problems for row in rows):
        raise typer.Exit(1)


def _show(rows: Sequence[SpeedRow], *, as_json: bool) -> None:
    from eval.bench.speed import table

    typer.echo(json.dumps([row._asdict() for row in rows]) if as_json else table(rows))
