"""Answers "tell me about …" with an extractive brief: three to six sentences of the main articles.

Leads count most, no two sentences are alike, and they stand in order of time. Where one article
alone is on the topic, its further text, such as reactions, fills what is left. Where the latest is
asked for, the newest article has a sentence and the newest stand first.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence

from rag.answering.cues import cues, latest_on
from rag.answering.findings import Finding, Inquiry, Tools
from rag.answering.topics.articles_on import Topic, TopicArticle, find_topic, terms_of
from rag.answering.topics.coverage import (
    Choice,
    choices,
    choose,
    in_order_of_time,
    newest_first,
)
from rag.embed import Embedder
from rag.reading.excerpt import quoting_drafts
from rag.text.terms import terms

_PASSAGES = 30
_MAX_ARTICLES = 12
# The points of a news article stand in its first sentences.
_FIRST_SENTENCES = 5
_MAX_SENTENCES = 6
# An article on a topic has this share of its words in them.
_HALF = 0.5


def answer(inquiry: Inquiry, tools: Tools) -> Iterator[Finding]:
    """Yields the evidence and the sentences of the brief."""
    embedder = tools.archive.embedder
    if latest := latest_on(inquiry.question):
        topic = find_topic(inquiry.about(latest), tools, passages=_PASSAGES)
        yield from shown(inquiry, topic, latest_of(topic, embedder))
    else:
        topic = find_topic(inquiry, tools, passages=_PASSAGES)
        chosen = brief_of(topic, embedder)
        # Who types mere keywords wants the point of it.
        if "keywords" not in cues(inquiry.question):
            chosen = going_on(chosen, topic, embedder)
        yield from shown(inquiry, topic, chosen)


def of_side(
    inquiry: Inquiry, tools: Tools, naming: frozenset[str], beside: Sequence[Choice], *, most: int
) -> Generator[Finding, None, list[Choice]]:
    """Yields a brief of one thing that is compared with another; returns its sentences.

    :param naming: the stems of its name; each sentence, or its article's title, has one of them.
    :param beside: the sentences on the other thing; none is like one of them if others are left.
    """
    topic = find_topic(inquiry, tools, passages=_PASSAGES)
    embedder = tools.archive.embedder
    chosen = brief_of(topic, embedder, naming=naming, most=most, beside=beside)
    # One sentence may speak of both things.
    chosen = chosen or brief_of(topic, embedder, naming=naming, most=most)
    yield from shown(inquiry, topic, chosen)
    return chosen


def shown(inquiry: Inquiry, topic: Topic, chosen: Sequence[Choice]) -> Iterator[Finding]:
    """Yields the evidence and the chosen sentences."""
    evidence = topic.evidence(inquiry.question, [item.candidate for item in chosen])
    yield evidence
    yield from quoting_drafts([item.candidate for item in chosen], evidence.hits)


def brief_of(
    topic: Topic,
    embedder: Embedder,
    *,
    naming: frozenset[str] = frozenset(),
    most: int = _MAX_SENTENCES,
    beside: Sequence[Choice] = (),
) -> list[Choice]:
    """Up to `most` sentences on a topic, in order of time; of `naming` each has a stem, if any."""
    found = _on_topic(topic)
    if naming:
        found = [item for item in found if naming & (item.terms | item.source.title_terms)]
    wanted = frozenset(terms(topic.words))
    return in_order_of_time(choose(found, wanted, most, beside, embedder=embedder))


def going_on(chosen: Sequence[Choice], topic: Topic, embedder: Embedder) -> list[Choice]:
    """The sentences of a brief; if all are of one article, with more from anywhere in it."""
    sources = {item.source.article.article_id: item.source for item in chosen}
    if len(sources) != 1:
        return list(chosen)
    whole, wanted = choices(list(sources.values())), frozenset(terms(topic.words))
    further = choose(whole, wanted, _MAX_SENTENCES - len(chosen), chosen, embedder=embedder)
    return in_order_of_time([*chosen, *further])


def latest_of(topic: Topic, embedder: Embedder) -> list[Choice]:
    """The sentences of a brief, the newest first; the newest article has the first."""
    wanted = frozenset(terms(topic.words))
    found = newest_first(_on_topic(topic))
    newest = [item for item in found if item.source is found[0].source]
    newest = [item for item in newest if item.terms & wanted] or newest
    first = choose(newest, wanted, 1, embedder=embedder)
    rest = choose(found, wanted, _MAX_SENTENCES - len(first), first, embedder=embedder)
    return newest_first([*first, *rest])


def _on_topic(topic: Topic) -> list[Choice]:
    """The first sentences of articles that begin with half of the topic's words.

    Of an article that only mentions the topic, the sentences that do.
    """
    wanted = terms_of(topic.words)
    least = _HALF * len(wanted)
    sources = topic.articles[:_MAX_ARTICLES]
    begins = {
        source.article.article_id for source in sources if len(wanted & _beginning(source)) >= least
    }
    found = list[Choice]()
    for item in choices(sources):
        is_first = item.position < _FIRST_SENTENCES
        on_topic = len(wanted & item.terms) >= least
        if is_first if item.source.article.article_id in begins else on_topic:
            found.append(item)
    return found


def _beginning(source: TopicArticle) -> frozenset[str]:
    """The stems of an article's title and first sentences."""
    first = " ".join(map(source.text, source.sentences[:_FIRST_SENTENCES]))
    return source.title_terms | frozenset(terms(first))
