"""The command line of the training. Arguments in, calls out; what a command needs is imported when it runs.

    python -m eval.train reader --data squad.json.gz selqa.json news-summaries.jsonl.gz --out my-reader
    python -m eval.train reader --start --data my-gold.jsonl --corpus my-articles --out my-reader --epochs 3 --lr 5e-5
    python -m eval.train mean --readers my-reader another --out both
    python -m eval.train ranker --data squad.json --reader my-reader --out my-reader/combination.json
    python -m eval.train kinds --data squad.json --out kinds.json
    python -m eval.train judge --data xquad.en.json --reader my-reader

Exit codes: 0 fine, 1 a failure, 2 the command line or a file does not make sense, 130 stopped, to go on with --resume.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from rag.errors import BylineError, UsageError
from rag.reading.models import TRAINED


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m eval.train", description="Fits what is fitted.")
    commands = parser.add_subparsers(required=True)
    _add_ranker(commands.add_parser("ranker", help="fit how a span reader's scores, words and retrieval are weighed"))
    _add_reader(commands.add_parser("reader", help="train the span reader", formatter_class=argparse.ArgumentDefaultsHelpFormatter))
    _add_mean(commands.add_parser("mean", help="one reader with the mean of several readers' weights"))
    _add_kinds(commands.add_parser("kinds", help="fit what answers to a question look like"))
    _add_calibrate(
        commands.add_parser(
            "calibrate", help="move fitted weights towards half of some gold sets, and make their chances mean what they say"
        )
    )
    _add_judge(commands.add_parser("judge", help="how well a span reader reads what it was not trained on"))
    given = parser.parse_args()
    try:
        return int(given.run(given))
    except BylineError as error:
        sys.stderr.write(f"{error.message}\n{error.hint}\n")
        return 2 if isinstance(error, UsageError) else 1


def _add_ranker(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", nargs="+", type=Path, required=True, help="files in the format of SQuAD")
    parser.add_argument("--out", type=Path, required=True, help="where the weights go")
    parser.add_argument("--reader", help="the span reader to fit them for, rather than the one that ships: a folder or a hub name")
    parser.add_argument("--most", type=int, default=1500, help="how many questions of each file to use at most")
    parser.set_defaults(run=_ranker)


def _add_reader(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        nargs="+",
        type=Path,
        required=True,
        help="files in the format of SQuAD or of SelQA, articles with summaries (.jsonl.gz), or gold questions (.jsonl)",
    )
    parser.add_argument("--corpus", type=Path, help="the folder or file with the articles that gold questions ask about")
    parser.add_argument("--out", type=Path, required=True, help="the folder for the reader and its checkpoint")
    parser.add_argument(
        "--start",
        type=Path,
        nargs="?",
        const=TRAINED,
        help="train a reader further, rather than the bare embedding model: the one that ships, or the one in this folder",
    )
    parser.add_argument("--epochs", type=float, default=2, help="passes over the data; the last may be a part")
    parser.add_argument("--batch", type=int, default=32, help="passages a step")
    parser.add_argument("--lr", type=float, default=2e-4, help="the highest learning rate")
    parser.add_argument("--warmup", type=int, default=200, help="steps until it is reached")
    parser.add_argument("--seed", type=int, default=13, help="of the head's first weights and of the order")
    parser.add_argument("--limit", type=int, help="how many questions of each file to use at most")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="where to train")
    parser.add_argument(
        "--resume", action="store_true", help="go on from the checkpoint in --out, with the same options; only --epochs may differ"
    )
    parser.set_defaults(run=_reader)


def _add_mean(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--readers", nargs="+", type=Path, required=True, help="folders of readers that were trained from the same start")
    parser.add_argument("--out", type=Path, required=True, help="the folder for the mean")
    parser.set_defaults(run=_mean)


def _mean(given: argparse.Namespace) -> int:
    from eval.train.mean import average

    average(given.readers, given.out)
    return 0


def _add_kinds(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", nargs="+", type=Path, required=True, help="files in the format of SQuAD")
    parser.add_argument("--out", type=Path, required=True, help="where the weights go")
    parser.set_defaults(run=_kinds)


def _kinds(given: argparse.Namespace) -> int:
    from eval.train.kinds import train_kinds

    sys.stdout.write(json.dumps(train_kinds(given.data, given.out)) + "\n")
    return 0


def _add_calibrate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--gold", nargs="+", type=Path, required=True, help="gold questions")
    parser.add_argument("--corpus", nargs="+", type=Path, required=True, help="the folders with the articles of each")
    parser.add_argument("--half", choices=("even", "odd"), default="even", help="the half to learn from")
    parser.add_argument("--reader", help="the span reader that the weights are for, rather than the one that ships")
    parser.add_argument("--archives", type=Path, default=Path("runs/archives"), help="where the archives are kept")
    parser.add_argument("--out", type=Path, required=True, help="the weights, which are changed in place")
    parser.set_defaults(run=_calibrate)


def _calibrate(given: argparse.Namespace) -> int:
    from eval.train.calibrate import Half, calibrate

    if len(given.gold) != len(given.corpus):
        raise UsageError("Each file of gold questions needs its folder of articles.", hint="Give as many --corpus as --gold.")
    pairs = list(zip(given.gold, given.corpus, strict=True))
    calibrate(pairs, Half(given.half == "even"), given.out, reader=given.reader, archives=given.archives)
    return 0


def _add_judge(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", nargs="+", type=Path, required=True, help="files as the reader is trained on, but others")
    parser.add_argument("--corpus", type=Path, help="the folder or file with the articles that gold questions ask about")
    parser.add_argument("--reader", help="a folder or a hub name, rather than the reader that ships")
    parser.set_defaults(run=_judge)


def _judge(given: argparse.Namespace) -> int:
    from eval.train.judging import judge_files, rounded

    found = judge_files(given.data, given.corpus, given.reader)
    sys.stdout.write(json.dumps({name: rounded(figures) for name, figures in found.items()}, indent=1) + "\n")
    return 0


def _ranker(given: argparse.Namespace) -> int:
    from eval.train.ranker import train_ranker

    train_ranker(given.data, given.out, reader=given.reader, most=given.most)
    return 0


def _reader(given: argparse.Namespace) -> int:
    from eval.train.reader import Recipe, Stopped, run

    recipe = Recipe(epochs=given.epochs, batch=given.batch, rate=given.lr, warmup=given.warmup, seed=given.seed)
    options = {"corpus": given.corpus, "start": given.start, "limit": given.limit, "device": given.device, "resume": given.resume}
    try:
        run(given.data, given.out, recipe, **options)
    except Stopped:
        sys.stderr.write("Stopped. The same command with --resume goes on.\n")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
