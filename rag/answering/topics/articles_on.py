"""Finds what a question is about, and the articles on it, whole, the most relevant first.

Briefs, timelines, statements and lists of articles are made from whole articles: a passage alone
does not show where an article begins or who speaks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rag.answering.cues import words_of_groups
from rag.answering.findings import Evidence, Inquiry, Tools
from rag.answering.limits import NEAR
from rag.model import Article, BlockKind, Candidate, Hit, Reading, Sentence
from rag.quotes import version_key
from rag.retrieval.retrieve import Retrieved
from rag.retrieval.screening import without_injections
from rag.text.names import PLACE_OF, bare_names
from rag.text.terms import STOP_WORDS, terms

# Words that ask for a brief, a timeline or articles, and do not say what about.
_FRAME_WORDS = (
    STOP_WORDS
    | words_of_groups("article", "summary", "sequence", "show", "items", "is", "did", "has", "will")
    | frozenset(
        "tell say go went gone happen happens happened happening know please row affair case time "
        "change changed day days week weeks month months hi hello thanks ok next since whole main "
        "points anything everything something s mention mentions mentioned mentioning cover covers "
        "covered covering reported reporting discuss discusses papers newspapers outlets".split()
    )
)
_WORD = re.compile(r"[^\W_]+(?:[.,’'/-][^\W_]+)*", re.UNICODE)
_NAME_WORD = re.compile(r"[^\W_]+")
# So short a name in capitals is not looked for in lower case.
_SHORT = 3
_QUOTABLE = frozenset({BlockKind.PARAGRAPH, BlockKind.STANDFIRST})
# An article counts if it is at least this relevant, as a share of the most relevant one.
LEAST_SHARE = 0.5
# An article on a topic has more than half of its words, or half of them and comes near in meaning.
_HALF = 0.5
# Two sentences are alike if the one with fewer words shares this part of them with the other.
_ALIKE = 0.6


class TopicArticle(NamedTuple):
    """An article on a topic: its sentences in order, without headings and captions.

    `relevance`, in [0, 1], is the similarity of its best passage, weighted by the share of the
    topic's words that it has.
    """

    article: Article
    sentences: tuple[Sentence, ...]
    relevance: float
    hit_rank: int

    @property
    def title_terms(self) -> frozenset[str]:
        return frozenset(terms(self.article.title))

    def text(self, sentence: Sentence) -> str:
        return self.article.text[sentence.start : sentence.end]

    def candidate(self, sentence: Sentence) -> Candidate:
        """The sentence as a candidate without a short answer."""
        return Candidate(self.article, sentence, self.relevance, None, self.hit_rank)


class Topic(NamedTuple):
    """What a question is about, the articles on it, and the passages that led to them."""

    words: str
    articles: tuple[TopicArticle, ...]
    found: Retrieved

    def evidence(self, question: str, chosen: Sequence[Candidate]) -> Evidence:
        """The passages of these articles, or else all that were found, and the chosen sentences."""
        keys = {version_key(item.article) for item in self.articles}
        on_topic = tuple(hit for hit in self.found.hits if version_key(hit.article) in keys)
        hits = on_topic or self.found.hits
        best = max((item.score for item in chosen), default=0.0)
        return Evidence(
            question, self.found._replace(hits=hits), Reading(tuple(chosen), 1.0 - best)
        )


def time_of(source: TopicArticle) -> tuple[float, float, str]:
    """Sorts articles by date of publication, undated ones last and by relevance."""
    published = source.article.published
    when = published.first_epoch if published else float("inf")
    return when, -source.relevance, source.article.article_id


def alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether sentences with these terms say much the same."""
    return len(one & other) >= _ALIKE * min(len(one), len(other))


def topic_of(question: str) -> str:
    """What a question is about: its words without those at either end that only ask.

    >>> topic_of("How did the story of the Skarn ferry develop?"), topic_of("yukos")
    ('Skarn ferry', 'yukos')
    """
    shouted = question.isupper()
    found = list(_WORD.finditer(question))
    content = [match for match in found if not _is_frame(match.group(), shouted)]
    if not content:
        return question.strip()
    return question[content[0].start() : content[-1].end()]


def _is_frame(word: str, shouted: bool) -> bool:
    """Whether a word only asks; "US" is no "us", unless all words are in capitals."""
    is_acronym = word.isupper() and len(word) > 1 and not shouted
    return not is_acronym and re.sub(r"[’']s$", "", word.casefold()) in _FRAME_WORDS


def find_topic(
    inquiry: Inquiry,
    tools: Tools,
    *,
    passages: int,
    words: str | None = None,
    least_share: float = LEAST_SHARE,
) -> Topic:
    """The articles on what the question is about, the most relevant first.

    :param words: what it is about, if that is known; else an article must have a name of it.
    :param least_share: how relevant an article must be, as a share of the most relevant one.
    """
    topic = topic_of(inquiry.question) if words is None else words
    named = _names_in(topic, inquiry.question) if words is None else ()
    found = tools.find(inquiry.about(topic), k=passages)
    patterns = tuple(map(_pattern_of, named))
    wanted = _Wanted(terms_of(topic) - frozenset(terms(" ".join(named))), patterns)
    ranked = sorted(_topic_articles(found.hits, wanted, tools), key=lambda item: -item.relevance)
    least = least_share * ranked[0].relevance if ranked else 0.0
    return Topic(topic, tuple(item for item in ranked if item.relevance >= least), found)


def _topic_articles(hits: Sequence[Hit], wanted: _Wanted, tools: Tools) -> Iterator[TopicArticle]:
    best: dict[tuple[str, str], Hit] = {}
    for hit in hits:
        key = version_key(hit.article)
        if key not in best or best[key].similarity < hit.similarity:
            best[key] = hit
    with tools.archive.record.snapshot() as snapshot:
        for key, hit in best.items():
            stored = snapshot.version(*key)
            cover = _cover(hit.article, wanted)
            is_on = cover > _HALF or (cover == _HALF and hit.similarity >= NEAR)
            if stored is None or not is_on:
                continue
            safe = without_injections(hit.article, stored.sentences, tools.archive.embedder)
            sentences = tuple(item for item in safe if item.kind in _QUOTABLE)
            relevance = max(0.0, min(1.0, hit.similarity)) * cover
            yield TopicArticle(hit.article, sentences, relevance, hit.rank)


class _Wanted(NamedTuple):
    """A topic's names, and the stems of its other words."""

    words: frozenset[str]
    names: tuple[re.Pattern[str], ...]


def terms_of(topic: str) -> frozenset[str]:
    """The stems of a topic's words, without those that only ask if there are others."""
    telling = " ".join(word for word in _WORD.findall(topic) if not _is_frame(word, False))
    return frozenset(terms(telling) or terms(topic))


def _names_in(topic: str, question: str) -> tuple[str, ...]:
    """The names of a topic: those of several words, and single words that the question shows."""
    if question.isupper():
        return ()
    # The first word has a capital letter whatever it is.
    shown = bare_names(f"{question[:1].lower()}{question[1:]}", "")
    single = [name for name in shown if " " not in name]
    named = (name for name in [*bare_names(topic, ""), *single] if name in topic)
    return tuple(dict.fromkeys(named))


def _pattern_of(name: str) -> re.Pattern[str]:
    """Finds a name however it is spaced; "US" as "U.S." too, and "French" as France."""
    letters = name.replace(".", "")
    if letters.isupper() and letters.isalpha() and len(letters) <= _SHORT:
        return re.compile(rf"\b{r'[.]?'.join(letters)}\b")
    place = PLACE_OF.get(name.casefold())
    forms = [form for form, of in PLACE_OF.items() if of == place] if place else [name]
    words = "|".join(r"[^a-z0-9]+".join(map(re.escape, _NAME_WORD.findall(form))) for form in forms)
    return re.compile(rf"\b(?:{words})\b", re.IGNORECASE)


def _cover(article: Article, wanted: _Wanted) -> float:
    """The share of the wanted names and words that an article has; one for words that only ask.

    0 without a name of it: an article on a Mark and a Thompson is not on Mark Thompson.
    """
    text = f"{article.title}\n{article.text}"
    named = sum(name.search(text) is not None for name in wanted.names)
    if wanted.names and not named:
        return 0.0
    asked = len(wanted.names) + len(wanted.words)
    return (named + len(wanted.words & set(terms(text)))) / asked if asked else 1.0
