"""Recognizes pages that are not articles: consent walls, errors, lists of other pages, stubs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import median
from urllib.parse import urlsplit

from ingest.extract.draft import Line
from ingest.extract.page.blocks import TextBlock
from ingest.extract.page.main_text import MainText, is_in_aside

_SHORT_TEXT, _STUB = 1_500, 350
_CARD, _FEW_CARDS, _MANY_CARDS = 12, 4, 6
_NO_TEXT, _TEASER, _STORY = 150, 220, 600
_LITTLE, _SMALL_SHARE = 200, 0.1
_LABEL = 30
_SENTENCE = re.compile(r"(?<=[.!?…。！？।])\s+|\n")
_SENTENCE_END = re.compile(r"[.!?…。！？।][\"'”’»)]*$")
_CONSENT = re.compile(
    r"cookies?\b|\bconsent\b|personal data|our (?:\d[\d,. ]* )?partners|unique identifiers?"
    r"|privacy (?:policy|notice|settings|preferences)|manage (?:my )?(?:preferences|choices"
    r"|options)"
    r"|legitimate interest|tracking technolog|trackers?\b|accept(?: all)?\b|gdpr|opt out"
    r"|your (?:device|choices|privacy)|withdraw|einwilligung|datenschutz|zustimm|partenaires"
    r"|données personnelles|consentement|privacidad|datos personales|socios|consentimiento"
    r"|toestemming|persoonsgegevens|consenso|dati personali|(?:reject|refuse|decline) all"
    r"|manage settings",
    re.IGNORECASE,
)
# A wall speaks to the reader; an article about walls does not.
_TO_READER = re.compile(
    r"\b(?:we|us|our|you|your|wir|unsere?|sie|ihre[rnm]?|nous|notre|nos|vous|votre|vos|nosotros"
    r"|nuestr[oa]s?|usted|sus?|noi|nostr[aoei]|voi|vostr[aoei]|wij|onze|jouw|uw?)\b"
    r"|^\W*(?:subscribe|log|sign|create|register|continue|unlock|get|already|this|to read|jetzt"
    r"|weiterlesen|bereits|s'abonner|déjà|suscr|regístr)",
    re.IGNORECASE,
)
_ERROR = re.compile(
    r"^\W*(?:error\W+)?(?:40[0134]|410|429|50[0234])\b|\b(?:page|article|site|url|file"
    r"|content|resource)"
    r"(?: you (?:requested|are looking for|were looking for))? (?:was |is |could |can)?(?:not"
    r"|n[o']t) (?:be )?"
    r"(?:found|available|exist)|page (?:does ?n[o']t|no longer) exists?|^not found|page not found"
    r"|access (?:to this \w+ )?(?:is |was |has been )?denied|technical (?:problem|error|difficult)"
    r"|(?:unexpected|an) error (?:has )?occurred|^forbidden|internal server error"
    r"|service (?:temporarily )?unavailable"
    r"|bad gateway|gateway time-?out|something went wrong|^error\b|seite (?:wurde )?nicht gefunden"
    r"|page (?:introuvable|non trouvée)|página no (?:encontrada|existe)|pagina non trovata"
    r"|pagina niet gevonden|too many requests",
    re.IGNORECASE,
)
_BOT_CHECK = re.compile(
    r"just a moment|checking (?:your browser|if the site connection)|attention required"
    r"|(?:verify|confirm|prove)(?:ing)? (?:that )?you(?:'re|’re| are) (?:a |not a )?(?:human|robot)"
    r"|are you a (?:human|robot)|not a robot|captcha|unusual (?:traffic|activity)|ddos protection"
    r"|pardon our interruption|security (?:check|verification)|enable javascript and cookies"
    r"|you have been blocked|request (?:was )?blocked|ray id|automated (?:requests|access)",
    re.IGNORECASE,
)
_NEEDS_SCRIPT = re.compile(
    r"(?:enable|activate|aktivier\w*|turn(?:ed)? on|switch(?:ed)? on|requires?|needs?|need to have"
    r"|without|allow)\b.{0,30}\bjava ?script|java ?script\b.{0,20}\b(?:turned|switched) o(?:n|ff)"
    r"|java ?script (?:is |must be |has to be |seems to be |to be )?(?:disabled|required"
    r"|enabled|not"
    r"|turned off|needed|deaktiviert)|unsupported browser|(?:upgrade|update) your browser"
    r"|javascript (?:aktivieren|activer|activar)|activer javascript|active javascript",
    re.IGNORECASE,
)
_PAYWALL = re.compile(
    r"subscri(?:be|ption|bers?)\b.{0,60}\b(?:read|continue|access|full|unlock|unlimited|only)"
    r"|(?:continue|keep|finish) reading|already (?:a )?(?:subscrib|member|registered"
    r"|have an account)"
    r"|(?:sign|log) ?in to (?:read|continue|view)|(?:register|create (?:a|an"
    r"|your) (?:free )?account)"
    r"|(?:to )?read the (?:full|whole|rest|complete)|for (?:our )?(?:subscribers|members|premium)"
    r"|premium (?:content|article)|unlock this|your (?:free )?(?:trial|articles? (?:limit|left))"
    r"|free articles|exclusive to|jetzt abonnieren|weiterlesen|abonnenten|réservé aux abonnés"
    r"|abonnez-vous|suscríbete|suscriptores|abbonati|abonneer",
    re.IGNORECASE,
)
_SEARCH = re.compile(
    r"search results?|results? for\b|you searched for|\d+ results|suchergebnis"
    r"|(?:nothing|no (?:results?|matches|stories|articles)) (?:was |were )?(?:found )?for\b"
    r"|did you mean|résultats de recherche"
    r"|resultados de (?:la )?búsqueda|risultati (?:della|di) ricerca|zoekresultaten",
    re.IGNORECASE,
)
_SEARCH_QUERY = re.compile(r"(?:^|&)(?:q|s|query|search|term|keywords?)=", re.IGNORECASE)


def why_not_article(
    lines: Sequence[Line],
    main: MainText,
    *,
    titles: Sequence[str],
    url: str | None,
    is_stated: bool,
) -> str | None:
    """Says what a page is if it is not an article; None if it may be one.

    :param titles: headings and titles of the page.
    :param is_stated: whether JSON-LD or meta tags call the page an article.
    """
    text = "\n".join(line.text for line in lines)
    heads = [*titles, *(line.text for line in lines[:2])]
    if _share(_CONSENT, text) > 0.6 and _share_to_reader(_CONSENT, text) > 0.3:
        return "a consent wall"
    if len(text) < _SHORT_TEXT and not is_stated:
        if any(_BOT_CHECK.search(head) for head in heads) or (
            _share_to_reader(_BOT_CHECK, text) > 0.3
        ):
            return "a check against robots"
        if any(_ERROR.search(head) for head in heads):
            return "an error page"
    rest = _without(_NEEDS_SCRIPT, text)
    if len(rest) < len(text) and len(rest) < _STUB:
        return "a page that needs JavaScript"
    rest = _without(_PAYWALL, text)
    if _share_to_reader(_PAYWALL, text) > 0 and len(rest) < _STUB:
        return "the beginning of one behind a paywall"
    return None if is_stated else _listing(main, heads, url)


def _listing(main: MainText, heads: Sequence[str], url: str | None) -> str | None:
    """Recognizes lists of other pages: short texts that follow links, and no longer text."""
    chosen = [main.blocks[index] for index in main.chosen]
    texts = [block for block in chosen if not block.is_linked and not _is_label(block)]
    first, last = (main.chosen[0], main.chosen[-1]) if chosen else (0, len(main.blocks) - 1)
    cards = sum(_is_card(block) for block in main.blocks[max(0, first - 1) : last + 2])
    teasers = sum(
        not block.is_linked and not _is_label(block) and _follows_card(main.blocks, index)
        for index, block in zip(main.chosen, chosen, strict=True)
    )
    lengths = [block.length for block in texts]
    is_search = _is_search(heads, url)
    is_list = (
        cards >= _FEW_CARDS - is_search
        and teasers >= 0.6 * len(texts)
        and max(lengths, default=0) < _STORY
        and (not lengths or median(lengths) < _TEASER)
    )
    elsewhere = sum(_is_card(block) and not is_in_aside(block.element) for block in main.blocks)
    is_only_links = max(cards, elsewhere) >= _MANY_CARDS and sum(lengths) < _NO_TEXT
    page = sum(block.length for block in main.blocks)
    if sum(lengths) < _LITTLE and sum(lengths) < _SMALL_SHARE * page and cards >= _FEW_CARDS:
        is_only_links = True
    if is_search and (is_list or sum(lengths) < _STORY):
        return "a page of search results"
    return "a page of links to other pages" if is_list or is_only_links else None


def _is_card(block: TextBlock) -> bool:
    return block.is_linked and block.length >= _CARD


def _is_label(block: TextBlock) -> bool:
    """Recognizes what stands between a headline and its teaser: a date, a name, "Continue"."""
    return not block.is_linked and block.length < _LABEL and not _SENTENCE_END.search(block.text)


def _follows_card(blocks: Sequence[TextBlock], index: int) -> bool:
    """Tells whether the block before, labels left out, is a linked headline."""
    before = (block for block in reversed(blocks[max(0, index - 4) : index]))
    return next((_is_card(block) for block in before if not _is_label(block)), False)


def _is_search(heads: Sequence[str], url: str | None) -> bool:
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return False
    by_address = "/search" in parts.path or _SEARCH_QUERY.search(parts.query) is not None
    return by_address or any(_SEARCH.search(head) for head in heads)


def _share(pattern: re.Pattern[str], text: str) -> float:
    """Computes which share of the text stands in sentences with the pattern."""
    return _length_with(text, pattern) / max(1, _length_with(text))


def _share_to_reader(pattern: re.Pattern[str], text: str) -> float:
    """Computes which share stands in sentences with the pattern that speak to the reader."""
    return _length_with(text, pattern, _TO_READER) / max(1, _length_with(text))


def _length_with(text: str, *patterns: re.Pattern[str]) -> int:
    """Counts the characters of the sentences that have all the patterns."""
    return sum(
        len(sentence)
        for sentence in _SENTENCE.split(text)
        if all(pattern.search(sentence) for pattern in patterns)
    )


def _without(pattern: re.Pattern[str], text: str) -> str:
    return " ".join(part for part in _SENTENCE.split(text) if part and not pattern.search(part))
