"""The command line of the training. Arguments in, calls out; what a command needs is imported when it runs.

    python -m eval.train ranker --data new_wiki_v1.0.json squad2_dev_part.json --most 1000 --out rag/reader_weights.json
    python -m eval.train reader --data squad.json my-gold.jsonl --corpus my-articles --out my-reader

Exit codes: 0 fine, 1 a failure, 2 the command line or a file does not make sense, 130 stopped, to go on with --resume.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rag.errors import BylineError, UsageError


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m eval.train", description="Fits what is fitted.")
    commands = parser.add_subparsers(required=True)
    _add_ranker(commands.add_parser("ranker", help="fit the weights of the sentence reader"))
    _add_reader(commands.add_parser("reader", help="train the span reader", formatter_class=argparse.ArgumentDefaultsHelpFormatter))
    given = parser.parse_args()
    try:
        return int(given.run(given))
    except BylineError as error:
        sys.stderr.write(f"{error.message}\n{error.hint}\n")
        return 2 if isinstance(error, UsageError) else 1


def _add_ranker(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", nargs="+", type=Path, required=True, help="files in the format of SQuAD")
    parser.add_argument("--out", type=Path, required=True, help="where the weights go")
    parser.add_argument("--most", type=int, default=1500, help="how many questions of each file to use at most")
    parser.set_defaults(run=_ranker)


def _add_reader(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", nargs="+", type=Path, required=True, help="files in the format of SQuAD, of SelQA, or gold questions (.jsonl)"
    )
    parser.add_argument("--corpus", type=Path, help="the folder or file with the articles that gold questions ask about")
    parser.add_argument("--out", type=Path, required=True, help="the folder for the reader and its checkpoint")
    parser.add_argument("--start", type=Path, help="the folder of a reader to train further, rather than the bare embedding model")
    parser.add_argument("--epochs", type=int, default=2, help="passes over the data")
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


def _ranker(given: argparse.Namespace) -> int:
    from eval.train.ranker import train_ranker

    train_ranker(given.data, given.out, most=given.most)
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
