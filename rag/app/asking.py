"""Asks on the command line: one question, or a conversation with commands that begin with "/"."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, NamedTuple

from rag.app import terminal
from rag.app.inputs import parse_filters, parse_query
from rag.conversation.turn import Turn
from rag.errors import BylineError, UsageError
from rag.events import Asked, Done, Step
from rag.model import Filters, Kind, Status
from rag.render.layout import answer_page
from rag.render.reasons import reasons, reasons_json, reasons_to_terminal
from rag.render.terminal import article_to_terminal, to_terminal
from rag.render.words import clean, filters_words

if TYPE_CHECKING:
    from eval.gold.questions import GoldQuestion
    from rag.answer import Answer
    from rag.engine import Engine
    from rag.store.archive import Archive

# Lines that end a conversation.
_ENDS = ("", "exit", "quit", "/exit", "/quit")
_COMMANDS = """\
  /open 1                shows the article around quote 1
  /why                   tells why the last answer is what it is
  /filter since 2024-10  filters the articles; also until, as-of and publisher
  /filter any-date       prefers no period, even if a question names one
  /filter with-undated   lets articles without a known date pass the date filters
  /filter none           takes all of these away
  /new                   begins a new conversation
  /help                  tells what can be asked
  exit, an empty line    end the conversation"""

# A question of more characters is longer than any that is looked up well.
_LONG_QUESTION = 400


class Shown(NamedTuple):
    """An answer that was shown, and the turns before it."""

    answer: Answer
    before: tuple[Turn, ...]


@dataclass
class Asking:
    """Questions asked of one archive; `history` has the turns so far, oldest first.

    With `use_dates`, a period that a question names is preferred. `gold` are the questions against
    which `explain` tells where an answer went wrong.
    """

    archive: Archive
    engine: Engine
    filters: Filters
    k: int
    kind: Kind | None = None
    use_dates: bool = True
    explain: bool = False
    gold: Sequence[GoldQuestion] | None = None
    as_json: bool = False
    history: list[Turn] = field(default_factory=list)
    last: Shown | None = None
    conversing: bool = False

    def ask(self, question: str, kind: Kind | None = None) -> None:
        """Asks and shows the answer, the short one first; then, if wanted, why it is so.

        :raises UsageError: if the question is empty, or is not in the gold file.
        """
        query = parse_query(question, self.filters, self.k)
        wanted = self._wanted(query.text)
        before = tuple(self.history)
        answer = self._answer(query.text, kind or self.kind)
        self.last = Shown(answer, before)
        why = self._why(self.last, wanted) if self.explain else {}
        if self.as_json:
            terminal.show_json(answer.to_json() | why)
        self.history.append(Turn.of(answer))

    def _answer(self, question: str, kind: Kind | None) -> Answer:
        with ExitStack() as waiting:
            update = waiting.enter_context(terminal.status("Loading the model and reading …"))
            for event in self.engine.stream(
                question,
                filters=self.filters,
                k=self.k,
                history=self.history,
                kind=kind,
                use_dates=self.use_dates,
            ):
                match event:
                    case Asked(understood, True) if not self.as_json:
                        terminal.tell(clean(f"Asked as: {understood}"))
                    case Step(part):
                        update(f"Looking up: {clean(part)}")
                    case Done(answer):
                        waiting.close()
                        if not self.as_json:
                            self._show(answer)
                        return answer
        raise AssertionError("a stream ends with the answer")

    def _show(self, answer: Answer) -> None:
        """Shows an answer, then what could be typed next."""
        page = answer_page(self._told_here(answer))
        terminal.show(to_terminal(page, width=terminal.width()))
        if answer.period is not None:
            typed = "/filter any-date" if self.conversing else "--ignore-dates"
            terminal.tell(f"To look at all dates alike: {typed}")
        if self.conversing and self.filters != Filters() and not answer.passages:
            terminal.tell("To ask all articles: /filter none")
        if hint := _hint(answer):
            terminal.tell(hint)

    def _told_here(self, answer: Answer) -> Answer:
        """The answer with options named as one types them here: in a conversation, as filters."""
        if not self.conversing:
            return answer
        notices = tuple(
            replace(notice, message=_as_filter(notice.message)) for notice in answer.notices
        )
        return replace(answer, text=_as_filter(answer.text), notices=notices)

    def _wanted(self, question: str) -> GoldQuestion | None:
        if self.gold is None:
            return None
        from eval.run.diagnosis import gold_for

        return gold_for(question, self.gold)

    def _why(self, shown: Shown, wanted: GoldQuestion | None) -> dict[str, object]:
        """Shows why the answer is what it is; gives the same for JSON."""
        with terminal.status("Looking again …"):
            explanation = self.engine.explain(shown.answer, history=shown.before, k=self.k)
            judged = {} if wanted is None else self._judged(shown.answer, wanted)
        if not self.as_json:
            told = reasons_to_terminal(reasons(explanation), width=terminal.width())
            terminal.show("")
            terminal.show(told)
            if judged:
                terminal.show(judged["told"])
        return {"explanation": reasons_json(explanation), **({"gold": judged} if judged else {})}

    def _judged(self, answer: Answer, wanted: GoldQuestion) -> dict[str, str]:
        """The stage at which the answer ended, against the gold question."""
        from eval.run.diagnosis import stage_against

        stage = stage_against(wanted, answer, self.archive)
        told = f"Against the gold evidence: {stage.label.lower()}; {stage.meaning}."
        return {"id": wanted.id, "stage": str(stage), "told": told}

    def converse(self) -> None:
        """Answers questions and does commands, until "exit", an empty line or the end."""
        self.conversing = True
        for line in self._lines():
            command, _, value = line.partition(" ")
            try:
                match command:
                    case "/new":
                        self.history.clear()
                        self.last = None
                        terminal.tell("A new conversation.")
                    case "/help":
                        terminal.tell(_COMMANDS)
                        self.ask("help", Kind.HELP)
                    case "/filter":
                        self._filter(value.strip())
                    case "/why":
                        self._explain_last()
                    case "/open":
                        self._open(value.strip())
                    case _ if command.startswith("/"):
                        raise UsageError(
                            f"There is no command {command}.", hint="/help lists the commands."
                        )
                    case _:
                        self.ask(line)
            except BylineError as error:
                terminal.show_error(error, as_json=self.as_json)

    def _lines(self) -> Iterator[str]:
        typed = sys.stdin.isatty()
        if typed:
            terminal.tell(f"Ask, and go on asking.\n{_COMMANDS}")
            with suppress(ImportError):
                import readline  # noqa: F401  (gives input() a history)
        with suppress(EOFError):
            while True:
                prompts = typed and sys.stdout.isatty()
                line = (input("\n> ") if prompts else sys.stdin.readline()).strip()
                if line.casefold() in _ENDS:
                    if typed:
                        terminal.tell("The conversation has ended.")
                    return
                if not typed and not self.as_json:
                    terminal.show(f"\n> {clean(line)}")
                yield line

    def _filter(self, typed: str) -> None:
        """Changes one filter; without a value it is taken away, with "none" all are."""
        name, _, value = typed.partition(" ")
        name = name.replace("-", "_")
        if name == "none":
            self.filters, self.use_dates = Filters(), True
        elif name == "any_date":
            self.use_dates = False
        elif name == "with_undated":
            self.filters = self.filters.with_options(include_undated=True)
        elif name in ("since", "until", "as_of", "publisher"):
            now = {item.name: getattr(self.filters, item.name) for item in fields(Filters)}
            self.filters = parse_filters(**(now | {name: value}))
        elif name:
            raise UsageError(
                f"There is no filter {name!r}.",
                hint="/help lists the filters.",
            )
        words = filters_words(self.filters)
        told = f"Only articles {clean(words)}." if words else "All articles."
        terminal.tell(told if self.use_dates else f"{told} No period is preferred.")

    def _explain_last(self) -> None:
        """Shows why the last answer is what it is."""
        if self.last is None:
            raise UsageError("There is no answer yet.", hint="Ask something first.")
        why = self._why(self.last, None)
        if self.as_json:
            terminal.show_json(why)

    def _open(self, typed: str) -> None:
        """Shows the article around a quote of the last answer."""
        sources = answer_page(self.last.answer).sources if self.last else ()
        chosen = [item.quote for item in sources if str(item.number) == (typed or "1")]
        if not chosen:
            have = f"It has {len(sources)}." if self.last else "Ask something first."
            raise UsageError(f"There is no quote {typed or '1'} in the last answer.", hint=have)
        quote = chosen[0]
        with self.archive.record.snapshot() as snapshot:
            stored = snapshot.version(quote.article_id, quote.version)
        if stored is None:
            raise UsageError("The article is no longer in the archive.", hint="Ask again.")
        terminal.show(article_to_terminal(stored.article, quote, width=terminal.width()))


def _as_filter(message: str) -> str:
    """A message with the option that it names as a conversation has it."""
    return message.replace("--include-undated", "/filter with-undated")


def _hint(answer: Answer) -> str:
    """How else to ask, where a question of one word or of very many found nothing."""
    if answer.status is not Status.NOT_IN_ARTICLES:
        return ""
    if len(answer.asked_as) > _LONG_QUESTION:
        return "This question is very long. Ask for one thing, in one sentence."
    if len(answer.asked_as.split()) == 1:
        return (
            "One word is little to look for. Ask a whole question, for example: Who won the vote?"
        )
    return ""
