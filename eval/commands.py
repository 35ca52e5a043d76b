"""The command line of the evaluation, `byline eval …`: arguments in, calls out. Everything is imported when a command runs.

Exit codes: 0 fine, 1 a failure, 2 the command line or a file does not make sense, 3 a comparison or the gate fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.errors import BylineError, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from eval.run.archives import Job

FAILED, USAGE, GATE = 1, 2, 3

app = typer.Typer(help="Say how good the answers are.", no_args_is_help=True)

GoldOption = Annotated[Path, typer.Option("--gold", help="The file with the gold questions.")]
CorpusOption = Annotated[
    Path | None, typer.Option("--corpus", help="The folder or file with the articles.")
]
DatasetOption = Annotated[
    str,
    typer.Option("--dataset", help="What kind of file --gold is: gold, realtimeqa, rgb or squad."),
]
SetOption = Annotated[
    list[str],
    typer.Option(
        "--set",
        help="As retrieve.k=20, reader.threshold=0.6, reader.model=DIR, retrieve.reranker=NAME, writer.model=LLM",
    ),
]
RunArgument = Annotated[Path, typer.Argument(help="The folder of a run.")]


@app.command()
def run(  # noqa: PLR0913, PLR0917
    gold: GoldOption,
    out: Annotated[
        Path, typer.Option("--out", help="The folder of the run; an interrupted run there goes on.")
    ],
    corpus: CorpusOption = None,
    archive: Annotated[
        Path | None,
        typer.Option("--archive", help="The archive to use; otherwise one is kept beside the run."),
    ] = None,
    dataset: DatasetOption = "gold",
    system: Annotated[
        str, typer.Option("--system", help="byline, llamaindex or 'command:PROGRAM ARGUMENTS'.")
    ] = "byline",
    settings: SetOption = [],  # noqa: B006
) -> None:
    """Build or reuse the archive, ask every question, and record the answers."""
    with _for_people():
        from eval.progress import Watched
        from eval.run.archives import Archives
        from eval.run.record import jobs_of, record
        from eval.run.systems import named_system
        from eval.sweep import parse_settings

        grid = parse_settings(settings)
        if len(grid) > 1:
            raise UsageError(
                "a run has one value for each setting", hint="try several with: byline eval sweep"
            )
        chosen = named_system(system, grid[0])
        cache = out.parent / "archives"
        jobs = jobs_of(dataset, gold, corpus, cache / "documents")
        with Watched(_count(jobs)) as watched:
            archives = Archives(cache, archive=archive, on_article=watched.article)
            found = record(
                chosen,
                jobs,
                out,
                archives,
                name=out.name,
                on_record=lambda item: watched.question(failed=item.error is not None),
            )
        failed = sum(item.error is not None for item in found.records)
        typer.echo(
            f"{len(found.records)} questions recorded in {out}, {failed} failed. Read them with: byline eval report {out}"
        )


@app.command()
def report(
    folder: RunArgument,
    baseline: Annotated[
        Path | None, typer.Option("--baseline", help="The folder of a run to compare with.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", help="Where report.md and report.html go; otherwise into the run's folder."
        ),
    ] = None,
) -> None:
    """Print the figures, and write report.md and report.html."""
    with _for_people():
        from eval.report import Content, write_report
        from eval.report.terminal import print_report
        from eval.run.runfile import read_run

        content = Content(read_run(folder), None if baseline is None else read_run(baseline))
        # The files first: whoever looks at the first lines only (… | head) ends the program while it prints.
        written = write_report(content, out or folder)
        print_report(content, _console())
        typer.echo(f"Written: {written}")


@app.command()
def compare(before: RunArgument, after: RunArgument) -> None:
    """Compare two runs over the same questions; exit code 3 on a loss, a new error or a quote that does not read back."""
    with _for_people():
        from eval.report.terminal import print_verdict
        from eval.run.runfile import read_run
        from eval.scoring.compare import compare as compare_runs

        verdict = compare_runs(read_run(before).score(), read_run(after).score())
        print_verdict(verdict, _console())
        if not verdict.passed:
            raise typer.Exit(GATE)


@app.command()
def check(
    gold: Annotated[Path, typer.Argument(help="The file with the gold questions.")],
    corpus: CorpusOption = None,
) -> None:
    """Validate a gold file; with the articles, look up every quote in them, as found and as cleaned."""
    with _for_people():
        from collections import Counter

        from eval.gold.questions import folder_sources, load_gold, lost_by_cleaning
        from eval.run.archives import cleaned_texts

        questions = load_gold(gold, sources=None if corpus is None else folder_sources(corpus))
        types = ", ".join(
            f"{n} {name}"
            for name, n in Counter(question.type for question in questions).most_common()
        )
        typer.echo(f"{len(questions)} questions: {types}")
        if corpus is not None:
            sources = {item.source for question in questions for item in question.evidence}
            lost = lost_by_cleaning(questions, cleaned_texts(corpus, sources))
            for item in lost:
                typer.echo(
                    f"{item.question_id}: lost by cleaning {item.evidence.source}: {item.evidence.quote}"
                )
            typer.echo(
                f"{len(lost)} of {sum(len(question.evidence) for question in questions)} quotes lost by cleaning"
            )


@app.command()
def sweep(
    gold: GoldOption,
    settings: SetOption,
    corpus: CorpusOption = None,
    dataset: DatasetOption = "gold",
) -> None:
    """Try every combination of settings, such as --set retrieve.k=10,20; what is chosen on one half is reported on the other."""
    with _for_people():
        from eval.progress import Watched
        from eval.report.terminal import print_sweep
        from eval.run.archives import Archives
        from eval.run.record import jobs_of
        from eval.run.systems import named_system
        from eval.sweep import parse_settings
        from eval.sweep import sweep as sweep_grid

        grid = parse_settings(settings)
        cache = Path("runs") / "archives"
        jobs = jobs_of(dataset, gold, corpus, cache / "documents")
        with Watched(len(grid) * _count(jobs)) as watched:
            archives = Archives(cache, on_article=watched.article)
            found = sweep_grid(
                grid,
                lambda point: named_system("byline", point),
                jobs,
                archives,
                on_record=lambda item: watched.question(failed=item.error is not None),
            )
        print_sweep(found, _console())


@app.command()
def gate(
    update: Annotated[
        bool, typer.Option("--update", help="Commit today's outcomes as the baseline.")
    ] = False,
    reason: Annotated[
        str, typer.Option("--reason", help="Why the new outcomes are right; kept in the baseline.")
    ] = "",
) -> None:
    """Ask the shipped questions of the shipped articles; exit code 3 when any question is lost."""
    with _for_people():
        from eval import gate as gating
        from eval.report.terminal import print_verdict
        from eval.run.systems import Byline

        if update != bool(reason.strip()):
            raise UsageError(
                "--update and --reason go together",
                hint="byline eval gate --update --reason 'what changed and why'",
            )
        now = gating.sample_scores(Byline(bf16=False))
        if update:
            gating.update(now, reason)
            typer.echo(f"{len(now.scores)} outcomes written to {gating.BASELINE.name}")
            return
        verdict = gating.judge(now)
        print_verdict(verdict, _console())
        if not verdict.passed:
            raise typer.Exit(GATE)


def _count(jobs: list[Job]) -> int:
    return sum(len(job.questions) for job in jobs)


def _console() -> Console:
    from rich.console import Console

    # Where there is no terminal to fit, tables are as wide as they are.
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=160)


@contextmanager
def _for_people() -> Iterator[None]:
    """An error as its message and what to do, without a traceback."""
    try:
        yield
    except BylineError as error:
        typer.echo(f"Error: {error.message}" + (f"\n{error.hint}" if error.hint else ""), err=True)
        raise typer.Exit(USAGE if isinstance(error, UsageError) else FAILED) from error
