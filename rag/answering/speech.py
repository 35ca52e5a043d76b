"""Answers "what did X say about Y" with the sentences that X says on Y, and nobody else's words."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from rag.answering import fact
from rag.answering.asked.whose_words import (
    WhoseWords,
    each_speaker,
    is_one_name,
    whose_words,
)
from rag.answering.findings import Finding, Inquiry, PartBegins, Tools
from rag.answering.topics.articles_on import (
    LEAST_SHARE,
    Topic,
    TopicArticle,
    find_topic,
    time_of,
)
from rag.embed import Embedder
from rag.model import Notice, Sentence
from rag.quotes import MAX_QUOTE_CHARS, ArticleSpan, Draft
from rag.text.names import HONORIFICS, TITLES, bare_names
from rag.text.person_roles import Fit, Role, best_fit, roles_by_name
from rag.text.speakers import Speaker, speakers
from rag.text.terms import STOP_WORDS, terms
from rag.text.tokens import tokens

_PASSAGES = 50
_MAX_ARTICLES = 15
_MAX_SENTENCES = 12
# Where several articles quote the speaker, one does not fill the answer alone.
_MAX_OF_ONE = 6
# So many characters of a paragraph tell what a sentence in it is on.
_CONTEXT = 600
# Two sentences say the same if they share this much of the longer one.
_SAME = 0.6
# A sentence comes near what was asked about from this cosine on.
_NEAR = 0.3


class Said(NamedTuple):
    """A sentence, and who says it as the article has it; `position` is its place there."""

    source: TopicArticle
    sentence: Sentence
    position: int
    speaker: Speaker

    @property
    def terms(self) -> frozenset[str]:
        return frozenset(terms(self.source.text(self.sentence)))

    @property
    def in_context(self) -> str:
        """The sentence with what stands before it in its paragraph."""
        text, end = self.source.article.text, self.sentence.end
        return text[max(text.rfind("\n", 0, self.sentence.start) + 1, end - _CONTEXT) : end]


def answer(inquiry: Inquiry, tools: Tools) -> Iterator[Finding]:
    """Yields the evidence and the speaker's sentences, each speaker's as a part of its own."""
    if several := speakers_of(inquiry, tools):
        yield from of_each(several, inquiry, tools)
    elif asked := whose_words(inquiry.question):
        yield from _of_speaker(asked, inquiry, tools)
    else:
        yield from fact.answer(inquiry, tools)


def speakers_of(inquiry: Inquiry, tools: Tools) -> tuple[WhoseWords, ...]:
    """Whose words are asked for if the question names several speakers; empty for one or none."""
    several = each_speaker(inquiry.question)
    if several and is_one_name(several, (hit.text for hit in tools.find(inquiry).hits)):
        return ()
    return several


def of_each(several: Sequence[WhoseWords], inquiry: Inquiry, tools: Tools) -> Iterator[Finding]:
    """Yields what each speaker says, as a part of its own."""
    for asked in several:
        yield PartBegins(asked.question)
        yield from _of_speaker(asked, inquiry.about(asked.question), tools)


def _of_speaker(asked: WhoseWords, inquiry: Inquiry, tools: Tools) -> Iterator[Finding]:
    """Yields the evidence and the speaker's sentences, two that follow each other as one quote."""
    who = " ".join(
        word for word in asked.who.split() if word.rstrip(".").casefold() not in HONORIFICS
    )
    # Without a topic, whatever the speaker says counts.
    share = LEAST_SHARE if asked.what else 0.0
    words = f"{who} {asked.what}"
    topic = find_topic(inquiry, tools, passages=_PASSAGES, words=words, least_share=share)
    said = said_by(asked, topic, tools.archive.embedder)
    if said:
        candidates = [item.source.candidate(item.sentence) for item in said]
        yield topic.evidence(inquiry.question, candidates)
        yield from _drafts(said, asked)
    elif bare_names(asked.who, inquiry.question):
        yield tools.read(inquiry)
        yield Notice("speaker", f"No sentence that {asked.who} says on it was found.")
    else:
        # "What does the report say": nobody in particular speaks.
        yield from fact.answer(inquiry, tools)


def said_by(asked: WhoseWords, topic: Topic, embedder: Embedder) -> list[Said]:
    """The speaker's sentences in the articles that say most on the topic, by date."""
    wanted = frozenset(terms(asked.what))
    called = _called(asked, topic)
    named = asked.keys | asked.holders(called)
    near = [item for item in topic.articles if _has_third(wanted, item)]
    heard = [item for item in near if _may_speak(asked, named, item)][:_MAX_ARTICLES]
    own_roles = _roles_of_nobody_else(named, called)
    given = _given_name(asked, heard)
    by_article = [list(_of_article(source, asked, named, given, own_roles)) for source in heard]
    on_topic = [said for said in by_article if said and _is_on_topic(said, asked.what, embedder)]
    found: list[Said] = []
    for said in sorted(on_topic, key=lambda said: -_share_on(wanted, said)):
        new = [item for item in said if not any(_say_the_same(item, other) for other in found)]
        found += new if len(on_topic) == 1 else new[:_MAX_OF_ONE]
    # Articles without a date stay in the order in which they say most.
    return sorted(found[:_MAX_SENTENCES], key=lambda item: time_of(item.source)[0])


def _say_the_same(one: Said, other: Said) -> bool:
    """Whether most of the words of the longer one, names of speakers left out, are in the other."""
    names = terms(f"{one.speaker.name} {other.speaker.name}")
    mine, theirs = one.terms.difference(names), other.terms.difference(names)
    return len(mine & theirs) >= _SAME * max(len(mine), len(theirs))


def _is_on_topic(said: Sequence[Said], what: str, embedder: Embedder) -> bool:
    """Whether the speaker talks of that in an article.

    It begins with half of the words for it, one of the sentences has them in its paragraph, or one
    comes near it in meaning.
    """
    wanted = frozenset(terms(what))
    contexts = [item.in_context for item in said]
    if any(_has(wanted, text) for text in [_beginning(said[0].source), *contexts]):
        return True
    return _nearest(what, [item.source.text(item.sentence) for item in said], embedder) >= _NEAR


def _share_on(wanted: frozenset[str], said: Sequence[Said]) -> float:
    """How relevant the article is, and the share of the sentences that have the words for it."""
    having = sum(_has(wanted, item.source.text(item.sentence)) for item in said)
    return said[0].source.relevance + having / len(said)


def _has(wanted: frozenset[str], text: str) -> bool:
    return 2 * len(wanted & set(terms(text))) >= len(wanted)


def _beginning(source: TopicArticle) -> str:
    """The title of an article and its first two sentences."""
    return "\n".join([source.article.title, *map(source.text, source.sentences[:2])])


def _nearest(what: str, texts: Sequence[str], embedder: Embedder) -> float:
    """The cosine of that text which comes nearest in meaning."""
    first, *others = embedder.encode([what, *texts])
    return max(float(first @ vector) for vector in others)


def _has_third(wanted: frozenset[str], source: TopicArticle) -> bool:
    """Whether the article has a third of the words that were asked about."""
    said = set(terms(f"{source.article.title}\n{source.article.text}"))
    return 3 * len(wanted & said) >= len(wanted)


def _called(asked: WhoseWords, topic: Topic) -> dict[str, frozenset[Role]]:
    """What the articles call people; those alone count that name the house of the role."""
    texts = [item.article.text for item in topic.articles if asked.may_speak_in(item.article.text)]
    return roles_by_name(texts[:_MAX_ARTICLES])


def _may_speak(asked: WhoseWords, named: Collection[str], source: TopicArticle) -> bool:
    """Whether the article names the speaker, or the role and its house."""
    said = {word.norm for word in tokens(f"{source.article.title}\n{source.article.text}")}
    noun = said & {asked.role.noun, "executive"} if asked.role else said & asked.keys
    return not said.isdisjoint(named) or (bool(noun) and asked.may_speak_in(source.article.text))


def _roles_of_nobody_else(
    named: Collection[str], called: Mapping[str, Collection[Role]]
) -> frozenset[Role]:
    """What the articles call the speaker and nobody else."""
    others = [role for key, roles in called.items() if key not in named for role in roles]
    return frozenset(
        role
        for key in named
        for role in called.get(key, ())
        if best_fit((other for other in others if other.noun == role.noun), role)
        in (None, Fit.OTHER)
    )


def _given_name(asked: WhoseWords, sources: Sequence[TopicArticle]) -> frozenset[str]:
    """The words before the surname that was asked for, if an article names the speaker so.

    Whoever is asked for by a role has none.
    """
    who = asked.who.casefold()
    is_known = any(who in source.article.text.casefold() for source in sources)
    return _before_surname(asked.who) if is_known and asked.role is None else frozenset()


def _before_surname(name: str) -> frozenset[str]:
    """The words of a name before the last and behind its titles, without initials."""
    words = [word.norm for word in tokens(name)[:-1]]
    titles = [i for i, word in enumerate(words) if word in TITLES | HONORIFICS]
    behind = words[titles[-1] + 1 :] if titles else words
    return frozenset(word for word in behind if len(word) > 1 and word not in STOP_WORDS)


def _of_article(
    source: TopicArticle,
    asked: WhoseWords,
    named: frozenset[str],
    given: frozenset[str],
    own_roles: frozenset[Role],
) -> Iterator[Said]:
    """The sentences of an article that the speaker says; `own_roles` are told of him elsewhere."""
    here = roles_by_name([source.article.text])
    named_last = dict[str, int]()
    voices = speakers(source.article.text, source.sentences)
    wanted = _Wanted(asked, named, given, own_roles, here)
    if any(voice and wanted.is_namesake(voice) for voice in voices):
        wanted = wanted._replace(has_namesake=True)
    for position, (sentence, speaker) in enumerate(zip(source.sentences, voices, strict=True)):
        if speaker and wanted.is_meant(speaker, named_last):
            yield Said(source, sentence, position, speaker)
        for word in tokens(source.text(sentence)):
            named_last[word.norm] = sentence.start + word.start


class _Wanted(NamedTuple):
    """Whose words are asked for in an article.

    `named` are the last words of the names of those, `given` what stands before the surname asked
    for, `own_roles` what other articles call them and nobody else, `here` what this article calls
    people. `has_namesake`: another person of that surname speaks here.
    """

    asked: WhoseWords
    named: frozenset[str]
    given: frozenset[str]
    own_roles: frozenset[Role]
    here: Mapping[str, frozenset[Role]]
    has_namesake: bool = False

    def is_namesake(self, speaker: Speaker) -> bool:
        """Whether a speaker has the surname asked for and another given name."""
        own = _before_surname(speaker.name)
        return speaker.key in self.named and bool(own and self.given) and own.isdisjoint(self.given)

    def is_meant(self, speaker: Speaker, named_last: Mapping[str, int]) -> bool:
        """Whether a speaker is the one asked for.

        Where another person of that surname speaks in the article, only the whole name is.
        "The director" is the one who was named last among those who may be the director; or, if the
        question asks for the director, the only one whom the article has.

        :param named_last: where each word stood last before this sentence.
        """
        asked = self.asked
        if self.has_namesake and not self.given <= _before_surname(speaker.name):
            return False
        if not speaker.is_role or speaker.key in asked.keys:
            return speaker.key in self.named
        rivals = {key for key, roles in self.here.items() if _may_be(speaker, roles)} - self.named
        mine = max((named_last.get(key, -1) for key in self.named), default=-1)
        is_named = mine > max((named_last.get(key, -1) for key in rivals), default=-1)
        if asked.role is None or not asked.is_noun_asked(speaker.role, is_like=False):
            roles = self.own_roles.union(*(self.here.get(key, ()) for key in self.named))
            return is_named and _may_be(speaker, roles)
        fit = speaker.role.fit(asked.role)
        return fit is Fit.SAME or (fit is Fit.UNKNOWN and (is_named or not rivals))


def _may_be(speaker: Speaker, roles: Collection[Role]) -> bool:
    """Whether a speaker who is called by a role can be somebody who has these roles."""
    own = (role for role in roles if role.noun == speaker.role.noun)
    return best_fit(own, speaker.role) not in (None, Fit.OTHER)


def _in_full(item: Said, said: Sequence[Said], asked: WhoseWords) -> str:
    """The name of who says it as the articles have it in full.

    "The director" is the one person who speaks in that article, or in all of them if the sentence
    names the house too; else the speaker is called what the article has.
    """
    named = [other for other in said if not other.speaker.is_role]
    if item.speaker.is_role and item.speaker.key not in asked.keys:
        here = [other for other in named if _same_article(item, other)]
        is_told = asked.role is not None and item.speaker.role.fit(asked.role) is Fit.SAME
        keys = {other.speaker.key for other in here or (named if is_told else ())}
        default = " ".join(("the", *item.speaker.of, item.speaker.name))
    else:
        keys, default = {item.speaker.key}, asked.who
    full = [other.speaker.name for other in named if keys == {other.speaker.key}]
    return max(full, key=len, default=default)


def _drafts(said: Sequence[Said], asked: WhoseWords) -> Iterator[Draft]:
    """Each sentence quoted, two of a speaker that follow each other together."""
    left = [(item, _in_full(item, said, asked)) for item in said]
    while left:
        first, speaker = left.pop(0)
        span = ArticleSpan(first.source.article, first.sentence.start, first.sentence.end)
        if left and left[0][1] == speaker and _follows(first, left[0][0]):
            span = span._replace(end=left.pop(0)[0].sentence.end)
        if span.end - span.start <= MAX_QUOTE_CHARS:
            yield Draft(spans=(span,), confidence=first.source.relevance, speaker=speaker)


def _follows(first: Said, second: Said) -> bool:
    """Whether the second can be quoted together with the first."""
    length = second.sentence.end - first.sentence.start
    is_next = _same_article(first, second) and second.position == first.position + 1
    return is_next and length <= MAX_QUOTE_CHARS


def _same_article(one: Said, other: Said) -> bool:
    return one.source.article.article_id == other.source.article.article_id
