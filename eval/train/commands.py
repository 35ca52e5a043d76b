"""The commands `byline eval train …`; each imports what it needs when it runs.

    byline eval train reader squad.json selqa.json --out my-reader
    byline eval train reader my-gold.jsonl --corpus my-articles --start shipped \\
        --out my-reader --epochs 3 --lr 5e-5
    byline eval train ranker squad.json --reader my-reader --out my-reader/combination.json

Exit codes: 0 success, 1 a failure, 2 a wrong command line or file, 130 stopped (go on with
--resume).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from rag.errors import UsageError

STOPPED = 130
SHIPPED = "shipped"

app = typer.Typer(help="Fit the reader and its weights.", no_args_is_help=True)

SquadArgument = Annotated[
    list[Path], typer.Argument(metavar="FILE", help="Files in the format of SQuAD.")
]
RankerArgument = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE", help="Files in the format of SQuAD, or news with summaries (.jsonl.gz)."
    ),
]
DataArgument = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE", help="Files in the format of SQuAD or SelQA, or gold questions (.jsonl)."
    ),
]
CorpusOption = Annotated[
    Path | None, typer.Option(help="The folder or file of articles that gold questions ask about.")
]
WeightsOption = Annotated[Path, typer.Option(help="The file for the weights.")]
ArchivesOption = Annotated[Path, typer.Option(help="Where the archives are kept.")]
ReaderOption = Annotated[
    str | None, typer.Option(help="A reader's folder or hub name. [the reader that ships]")
]


@app.command()
def reader(  # noqa: PLR0913, PLR0917
    data: DataArgument,
    out: Annotated[Path, typer.Option(help="The folder for reader and checkpoint.")],
    corpus: CorpusOption = None,
    start: Annotated[
        str | None,
        typer.Option(
            "--start",
            help=f"Train a reader further: '{SHIPPED}' or a reader's folder. [bare embeddings]",
        ),
    ] = None,
    epochs: Annotated[float, typer.Option(help="Passes over the data; may be a fraction.")] = 2,
    batch: Annotated[int, typer.Option(help="Passages a step.")] = 32,
    lr: Annotated[float, typer.Option(help="The highest learning rate.")] = 2e-4,
    warmup: Annotated[int, typer.Option(help="Steps until it is reached.")] = 200,
    seed: Annotated[int, typer.Option(help="Of the first weights and of the order.")] = 13,
    limit: Annotated[int | None, typer.Option(help="At most so many questions a file.")] = None,
    device: Annotated[
        Literal["auto", "cpu", "cuda"], typer.Option(help="Where to train.")
    ] = "auto",
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Go on from the checkpoint in --out with the same options; --epochs may differ.",
        ),
    ] = False,
) -> None:
    """Train the span reader."""
    from eval.train.reader import Stopped, run
    from eval.train.trainer import Recipe
    from rag.reading.loading import TRAINED

    begin = TRAINED if start == SHIPPED else None if start is None else Path(start)
    recipe = Recipe(epochs=epochs, batch=batch, rate=lr, warmup=warmup, seed=seed)
    try:
        run(
            data,
            out,
            recipe,
            corpus=corpus,
            start=begin,
            limit=limit,
            device=device,
            resume=resume,
        )
    except Stopped as stopped:
        raise typer.Exit(STOPPED) from stopped


@app.command()
def mean(
    readers: Annotated[
        list[Path],
        typer.Argument(metavar="FOLDER", help="Readers that were trained from the same start."),
    ],
    out: Annotated[Path, typer.Option(help="The folder for the mean.")],
) -> None:
    """Make one reader with the mean of several readers' weights."""
    from eval.train.mean import average

    average(readers, out)


@app.command()
def ranker(
    data: RankerArgument,
    out: WeightsOption,
    reader: ReaderOption = None,
    most: Annotated[int, typer.Option(help="At most so many questions a file.")] = 1500,
    keep_sentences: Annotated[
        bool,
        typer.Option("--keep-sentences", help="Keep --out's weights of sentences; fit chances."),
    ] = False,
) -> None:
    """Fit how a span reader's scores, words and retrieval are weighed."""
    from eval.train.ranker import train_ranker

    train_ranker(data, out, reader=reader, most=most, keep_sentences=keep_sentences)


@app.command("answer-types")
def answer_types(data: SquadArgument, out: WeightsOption) -> None:
    """Fit what answers to a question look like."""
    from eval.train.questions.answer_types import train_answer_types

    typer.echo(json.dumps(train_answer_types(data, out)))


@app.command("amounts")
def amounts(data: SquadArgument, out: WeightsOption) -> None:
    """Fit how well a figure counts what a question asks for."""
    from eval.train.questions.amounts import train_amounts
    from rag.embed import LocalEmbedder

    typer.echo(json.dumps(train_amounts(data, out, LocalEmbedder())))


@app.command()
def calibrate(  # noqa: PLR0913, PLR0917
    gold: Annotated[list[Path], typer.Option(help="Gold questions; may be repeated.")],
    corpus: Annotated[list[Path], typer.Option(help="The articles of each --gold.")],
    out: Annotated[Path, typer.Option(help="The weights, which are changed in place.")],
    half: Annotated[
        Literal["even", "odd"], typer.Option(help="The half of the questions to learn from.")
    ] = "even",
    reader: ReaderOption = None,
    archives: ArchivesOption = Path("runs/archives"),
) -> None:
    """Move fitted weights towards half of some gold sets, and calibrate their chances."""
    from eval.train.calibrate import calibrate as calibrate_weights

    if len(gold) != len(corpus):
        raise UsageError(
            "Each --gold needs its --corpus.", hint="Give as many of both, in the same order."
        )
    pairs = list(zip(gold, corpus, strict=True))
    calibrate_weights(pairs, half, out, reader=reader, archives=archives)


@app.command()
def rivals(
    gold: Annotated[
        list[str],
        typer.Argument(
            metavar="DATASET:FILE[:ARTICLES]", help="As rgb:rgb.jsonl or gold:my.jsonl:articles/."
        ),
    ],
    out: WeightsOption,
    archives: ArchivesOption = Path("runs/archives"),
) -> None:
    """Fit when different answers to one question contradict each other."""
    from eval.run.archives import Archives
    from eval.run.jobs import jobs_of
    from eval.train.rivals import ReadQuestion, read_questions, train_rivals
    from rag.reading.reader import TrainedReader

    read: list[ReadQuestion] = []
    reader, kept = TrainedReader(), Archives(archives)
    for item in gold:
        dataset, _, paths = item.partition(":")
        file, _, articles = paths.partition(":")
        corpus = Path(articles) if articles else None
        jobs = jobs_of(dataset, Path(file), corpus, archives / "documents")
        read += read_questions(file, jobs, kept, reader)
    typer.echo(json.dumps(train_rivals(read, out), indent=1))


@app.command()
def judge(data: DataArgument, corpus: CorpusOption = None, reader: ReaderOption = None) -> None:
    """Measure how well a span reader reads data that it was not trained on."""
    from eval.train.judging import judge_files, rounded

    found = judge_files(data, corpus, reader)
    figures = {name: rounded(figures) for name, figures in found.items()}
    typer.echo(json.dumps(figures, indent=1))


@app.command("prompt-injections")
def prompt_injections(
    corpora: Annotated[list[Path], typer.Argument(help="Folders of news articles as text files.")],
    out: WeightsOption,
) -> None:
    """Fit how text that speaks to a language model is recognised."""
    from eval.train.prompt_injections import fit, news_sentences
    from eval.train.weights import write_weights
    from rag.embed import LocalEmbedder

    plain = fit(news_sentences(corpora), LocalEmbedder()).to_json()
    write_weights(out, plain)
    typer.echo(json.dumps(plain["account"], indent=2))


@app.command("question-kinds")
def question_kinds(
    questions: Annotated[
        Path, typer.Argument(metavar="FILE", help="A kind, a tab and a question on each line.")
    ],
    out: WeightsOption,
    squad: Annotated[
        list[Path] | None,
        typer.Option(help="A file in the format of SQuAD, for facts and amounts; repeatable."),
    ] = None,
) -> None:
    """Fit which kind of answer a question asks for; show the figures on held-out questions."""
    from eval.train.questions.kinds import train

    typer.echo(train(questions, squad or [], out).text())
