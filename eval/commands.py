"""The command line of the evaluation, `byline eval …`. Everything is imported when a command runs.

Exit codes: 0 fine, 1 a failure, 2 the command line or a file does not make sense, 3 a comparison
or the gate fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from eval.bench.commands import app as bench_app
from eval.train.commands import app as train_app
from rag.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from eval.run.jobs import Job
    from eval.scoring.outcome import Outcome

# The exit code where a comparison or the gate fails.
GATE = 3

app = typer.Typer(help="Score how good the answers are.", no_args_is_help=True)
app.add_typer(train_app, name="train")
app.add_typer(bench_app, name="bench")

GoldOption = Annotated[Path, typer.Option(help="The file with the gold questions.")]
CorpusOption = Annotated[Path | None, typer.Option(help="The folder or file with the articles.")]
DatasetOption = Annotated[
    str, typer.Option(help="What kind of file --gold is: gold, realtimeqa, rgb, ramdocs or squad.")
]
SetOption = Annotated[
    list[str],
    typer.Option(
        "--set",
        help="As retrieve.k=20, reader.threshold=0.6, reader.model=DIR, reader.second=DIR, "
        "retrieve.reranker=NAME, writer.model=LLM",
    ),
]
RunArgument = Annotated[Path, typer.Argument(help="The folder of a run.")]


@app.command()
def run(  # noqa: PLR0913, PLR0917
    gold: GoldOption,
    corpus: CorpusOption = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="The folder of the run; an interrupted run there goes on. [runs/NAME-OF-GOLD]",
        ),
    ] = None,
    archive: Annotated[
        Path | None, typer.Option(help="The archive to use; otherwise one is kept beside the run.")
    ] = None,
    dataset: DatasetOption = "gold",
    system: Annotated[
        str, typer.Option(help="byline, llamaindex or 'command:PROGRAM ARGUMENTS'.")
    ] = "byline",
    settings: SetOption = [],  # noqa: B006
) -> None:
    """Build or reuse the archive, ask every question, and record the answers."""
    from eval.report.terminal import print_summary
    from eval.run.archives import Archives
    from eval.run.jobs import jobs_of
    from eval.run.record import record
    from eval.run.settings import named_system, parse_settings
    from eval.scoring.summary import summary

    out = out or Path("runs") / gold.stem
    grid = parse_settings(settings)
    if len(grid) > 1:
        raise UsageError(
            "a run has one value for each setting", hint="try several with: byline eval sweep"
        )
    chosen, cache = named_system(system, grid[0]), out.parent / "archives"
    jobs = jobs_of(dataset, gold, corpus, cache / "documents")
    with _progress(jobs) as on:
        archives = Archives(cache, archive=archive, on_article=on.article)
        found = record(chosen, jobs, out, archives, on_outcome=on.outcome)
    failed = sum(item.error is not None for item in found.outcomes)
    print_summary(summary(found.gold, found.outcomes), _console())
    typer.echo(
        f"{len(found.outcomes)} questions recorded in {out}, {failed} failed. "
        f"Read them with: byline eval report {out}"
    )


@app.command()
def report(
    folder: RunArgument,
    baseline: Annotated[
        Path | None, typer.Option(help="The folder of a run to compare with.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where report.md and report.html go. [the run's folder]")
    ] = None,
    show: Annotated[bool, typer.Option("--open", help="Open report.html in a browser.")] = False,
) -> None:
    """Print the figures, and write report.md and report.html."""
    import webbrowser

    from eval.report import Content, write_report
    from eval.report.terminal import print_report
    from eval.run.runfile import read_run

    content = Content(read_run(folder), None if baseline is None else read_run(baseline))
    # The files first: `… | head` ends the program while it prints.
    written = write_report(content, out or folder)
    print_report(content, _console())
    typer.echo(f"Written: {written}")
    if show:
        webbrowser.open(written.resolve().as_uri())


@app.command()
def compare(before: RunArgument, after: RunArgument) -> None:
    """Compare the scores of two runs over the same questions.

    Exit code 3 on a significant loss, a new error, or a quote that does not read back.
    """
    from eval.report.terminal import print_verdict
    from eval.run.runfile import read_run
    from eval.scoring.compare import compare as compare_runs

    verdict = compare_runs(read_run(before).score(), read_run(after).score())
    print_verdict(verdict, _console())
    if not verdict.passed:
        raise typer.Exit(GATE)


@app.command()
def same(before: RunArgument, after: RunArgument) -> None:
    """Show where the answers of two runs differ, apart from ids and timings; exit code 3 if any."""
    from eval.run.runfile import read_run
    from eval.run.same import differences

    runs = read_run(before), read_run(after)
    found = differences(*runs)
    for difference in found:
        typer.echo(str(difference))
    asked = len({outcome.id for one in runs for outcome in one.outcomes})
    differing = len({difference.question_id for difference in found})
    typer.echo(f"{asked} questions, {differing} with another answer.")
    if found:
        raise typer.Exit(GATE)


@app.command()
def check(
    gold: Annotated[Path, typer.Argument(help="The file with the gold questions.")],
    corpus: CorpusOption = None,
) -> None:
    """Validate a gold file; with the articles, look up every quote, as found and as cleaned."""
    from collections import Counter

    from eval.gold.questions import folder_sources, load_gold, lost_by_cleaning
    from eval.run.archives import cleaned_articles

    questions = load_gold(gold, sources=None if corpus is None else folder_sources(corpus))
    types = Counter(question.type for question in questions).most_common()
    listed = ", ".join(f"{n} {name}" for name, n in types)
    typer.echo(f"{len(questions)} questions: {listed}")
    if corpus is not None:
        evidence = [item for question in questions for item in question.evidence]
        cleaned = cleaned_articles(corpus, {item.source for item in evidence})
        texts = {article.source: article.text for article in cleaned}
        lost = lost_by_cleaning(questions, texts)
        for item in lost:
            where = f"{item.question_id}: lost by cleaning {item.evidence.source}"
            typer.echo(f"{where}: {item.evidence.quote}")
        typer.echo(f"{len(lost)} of {len(evidence)} quotes lost by cleaning")


@app.command()
def draft(
    archive: Annotated[
        Path | None, typer.Option(help="The archive to ask about. [as for byline ask]")
    ] = None,
    out: Annotated[Path, typer.Option(help="The table to write.")] = Path("gold.csv"),
    count: Annotated[int, typer.Option(min=1, help="How many questions to propose.")] = 20,
) -> None:
    """Propose gold questions from an archive, for a person to accept; no language model is asked.

    Each asks for a name, a number or a date of one sentence, which stands beside it.
    """
    from eval.gold.draft import draft as propose
    from eval.gold.draft import write_csv
    from rag.settings import load_settings
    from rag.store.archive import open_archive

    with open_archive(load_settings(archive=archive).archive) as opened:
        proposed = propose(opened, count)
        folder = opened.folder
    if not proposed:
        raise UsageError("no sentence here makes a plain question", hint="write gold by hand")
    write_csv(out, proposed)
    typer.echo(
        f"{len(proposed)} questions proposed in {out}. Read them beside their quotes, mend or "
        f"delete rows, then: byline eval run --gold {out} --archive {folder}"
    )


@app.command()
def sweep(
    gold: GoldOption,
    settings: SetOption,
    corpus: CorpusOption = None,
    dataset: DatasetOption = "gold",
) -> None:
    """Try every combination of settings, such as --set retrieve.k=10,20.

    What is chosen on one half of the questions is reported on the other.
    """
    from eval.report.terminal import print_sweep
    from eval.run.archives import Archives
    from eval.run.jobs import jobs_of
    from eval.run.settings import named_system, parse_settings
    from eval.sweep import sweep as sweep_grid

    grid, cache = parse_settings(settings), Path("runs") / "archives"
    jobs = jobs_of(dataset, gold, corpus, cache / "documents")
    with _progress(jobs * len(grid)) as on:
        found = sweep_grid(
            grid,
            lambda point: named_system("byline", point),
            jobs,
            Archives(cache, on_article=on.article),
            on_outcome=on.outcome,
        )
    print_sweep(found, _console())


@app.command()
def extraction(
    pages: Annotated[Path, typer.Option(help="The folder with sets of pages and their gold.")],
    sets: Annotated[
        list[str], typer.Option("--set", help="A set to score. [all sets of the folder]")
    ] = [],  # noqa: B006
) -> None:
    """Score what Byline and bare trafilatura extract from real pages."""
    from rich.table import Table

    from eval.extraction import figures, load_pages
    from eval.extraction import run as extract_pages
    from rag.app.progress import Progress

    found = list(load_pages(pages, sets))
    with Progress(len(found), "pages") as progress:
        scored = extract_pages(found, on_page=lambda _: progress.advance())
    table = Table("", "pages", *scored)
    for row in figures(scored):
        table.add_row(row.name, str(row.pages), *(f"{value:.3f}" for value in row.values))
    _console().print(table)


@app.command()
def stories(
    articles: Annotated[
        Path, typer.Argument(help="Articles as JSON lines, each with the name of its event.")
    ],
) -> None:
    """Score how articles are grouped into stories against the events that they name."""
    from eval.grouping import score_stories

    scored = score_stories(articles)
    figures = f"{scored.precision:.3f} {scored.recall:.3f} {scored.f1:.3f}"
    typer.echo(f"B-cubed precision, recall, F1: {figures}")


@app.command()
def copies(
    articles: Annotated[Path, typer.Argument(help="Articles as JSON lines: id and text.")],
    pairs: Annotated[Path, typer.Argument(help="The pairs of copies as JSON lines: a and b.")],
) -> None:
    """Score which articles are taken for copies of each other against the pairs that are."""
    from eval.grouping import score_copies

    scored = score_copies(articles, pairs)
    typer.echo(f"{scored.found} of {scored.known} pairs found, {scored.wrong} wrong ones")


@app.command()
def gate(
    update: Annotated[
        bool, typer.Option("--update", help="Commit today's outcomes as the baseline.")
    ] = False,
    reason: Annotated[
        str, typer.Option(help="Why the new outcomes are right; kept in the baseline.")
    ] = "",
) -> None:
    """Ask the shipped questions of the shipped articles; exit code 3 when any question is lost."""
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


class _Callbacks(NamedTuple):
    """What counts an article that was looked at, and a question that was asked."""

    article: Callable[[object], None]
    outcome: Callable[[Outcome], None]


@contextmanager
def _progress(jobs: list[Job]) -> Iterator[_Callbacks]:
    """Shows how many articles are read, then how many questions are asked and have failed.

    Each of the two opens with its first item, so that the pace of questions is their own.
    """
    from rag.app.progress import Progress

    failed = 0
    with ExitStack() as stack:
        articles = cache(lambda: stack.enter_context(Progress(None, "articles")))
        asked = sum(len(job.questions) for job in jobs)
        questions = cache(lambda: stack.enter_context(Progress(asked, "questions")))

        def on_outcome(outcome: Outcome) -> None:
            nonlocal failed
            failed += outcome.error is not None
            questions().advance(note=f"{failed} failed" if failed else "")

        yield _Callbacks(lambda _: articles().advance(), on_outcome)


def _console() -> Console:
    from rich.console import Console

    # Where there is no terminal to fit, tables are as wide as they are.
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=160)
