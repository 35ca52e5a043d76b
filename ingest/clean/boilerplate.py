"""Recognizes boilerplate: whole lines that no outlet prints as part of an article.

Only short lines are judged; a doubtful line is the article's. Where a byline or a date may stand
is judged in `layout`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ingest.extract.dates import date_at_end
from rag.model import PartialDate

_LONGEST = 300
_I = re.IGNORECASE

_SOCIAL = (
    r"(?:facebook|twitter|x|whatsapp|telegram|linkedin|instagram|youtube|tiktok|threads"
    r"|pinterest|reddit|messenger|flipboard|bluesky"
    r"|mastodon|google news|social media)"
)
_BUTTON = (
    rf"(?:{_SOCIAL}|rss|e-?mail|print|copy link|link|share|tweet|save|more|channel|page|group|app)"
)
_STORIES = (
    r"(?:news|stor(?:y|ies)|articles?|coverage|topics?|posts?|reading|links?|content|headlines)"
)
_NEWSLETTER = r"(?:newsletter|e-?mail|inbox|alerts?|briefing|updates)"
_PROMPTS = tuple(
    re.compile(pattern, _I)
    for pattern in (
        # following, sharing, subscribing
        rf"(?:please )?follow (?:us|me|our|@)\b.*\b{_SOCIAL}\b.*",
        rf"follow (?:[\w.'@’-]+ ){{1,5}}on {_SOCIAL}\b.{{0,80}}",
        r"(?:follow|join|like|find) us(?: on| at| via| here)?[:!.]?",
        rf"(?:join|like|find) (?:us|our (?:\w+ ){{0,2}}(?:channel|group|page"
        rf"|community))\b.*\b{_SOCIAL}\b.{{0,80}}",
        rf"{_BUTTON}(?:(?:\s*[,|•·/&]\s*|\s+(?:and\s+)?){_BUTTON})*",
        rf"share (?:this|the|on|via|with)\b(?: (?:{_STORIES}|page|video|friends|{_SOCIAL}"
        rf"|e-?mail)\b.{{0,40}})?[:.!]?",
        r"subscribe(?: now| today| here)?[.!]?",
        r"subscribe (?:to|for) (?:our|the|us|unlimited|full|more|get)\b.{0,120}",
        r"sign up(?: now| today| here| free)?[.!:]?",
        rf"sign up (?:for|to|here|now)\b.{{0,120}}{_NEWSLETTER}\b.{{0,120}}",
        r"(?:get|receive)\b.{0,120}\b(?:newsletter|in your inbox|to your inbox"
        r"|straight to your)\b.{0,120}",
        r"(?:would you like to receive|enter your e-?mail|download (?:our"
        r"|the) (?:\w+ )?app\b).{0,120}",
        # comments
        r"(?:post|leave|add|write) (?:a|your) (?:comment|reply)\b.{0,40}",
        r"(?:\d+ |no |view |show |all |read )*comments?(?: \(\d+\)| \d+| yet| below)?[:.]?",
        r"comments (?:are|have been) (?:closed|turned off|disabled|off)\b.{0,80}",
        r"your e-?mail address will not be published\b.{0,80}",
        # links to other pages
        r"(?:read|see|learn|watch) (?:more|also|next)(?: (?:here|about this))?[.:]?",
        r"(?:(?:also )?read(?: more| also| next| this)?|see also|also read|more|don[’']t miss"
        r"|learn more)\s?[:|»>].{1,200}",
        rf"(?:related(?: {_STORIES})?|recommended)\s?[:|»>].{{1,200}}",
        rf"(?:related|recommended|suggested|more|latest|top|popular|trending|most read"
        rf"|most viewed)(?: {_STORIES})?",
        r"(?:more on this(?: story| topic)?|you (?:may|might) also (?:like|be interested in)"
        r"|editors?[’']s? picks?)[:.…]*",
        r"(?:continue reading|click here\b.{0,80})[:.…]*",
        r"(?:tags?|topics|filed under|keywords)\s?: .{1,150}",
        # advertising and navigation
        r"[-–— ]*(?:advertisements?|sponsored(?: content)?|promoted(?: content)?"
        r"|paid (?:content|partnership))[-–— ]*",
        r"(?:story|article|content) continues (?:below|after)\b.{0,60}",
        r"skip (?:to|past) (?:(?:main|page|the) )?(?:content|navigation|advert(?:isement)?"
        r"|newsletter|promotion)\b.{0,40}",
        r"(?:back to top|loading\.{0,3}|home|menu|search|print this|listen to this article"
        r"|view gallery|play video|toggle navigation)\W*",
        r"(?:estimated )?(?:read(?:ing)? time:? ?)?\d{1,3}[ -]?min(?:ute)?s?(?: read| to read)\.?",
        # rights, notices and those who helped
        r"(?:©|\(c\)|copyright\s*(?:©|\(c\)|\d{4})).{0,200}",
        r".{0,200}\ball rights (?:are )?reserved\b.{0,120}",
        r"this material may not be published, broadcast.{0,120}",
        r"(?:we|this (?:web)?site) uses? cookies\b.{0,200}",
        r"cookie (?:policy|settings|notice|preferences)|privacy policy(?: [|•] .{1,80})?"
        r"|terms (?:of|and) (?:use|service|conditions)",
        r"\(?(?:additional )?(?:reporting"
        r"|writing) by [^.]{3,150}[;.,] ?(?:additional )?(?:editing|writing"
        r"|reporting) by [^.]{3,99}[.)]*",
        r"contribut(?:ing|ors?)\s?: .{3,150}",
        r"(?:from )?(?:[\w ]{0,50} and )?(?:wire|staff|agency) (?:reports|services)"
        r"|with inputs from .{2,60}",
        # rules made of signs
        r"[\W_]{1,80}",
    )
)

_UPPER = "A-ZÀ-ÖØ-ÞŁŚŻŹŠŽČĆĐİ"
_NAME_WORD = (
    rf"(?:(?:al|el|ibn|bin|de|del|della|di|da|dos|van|von|der|den|le|la|ter"
    rf"|ten)[ -]){{0,2}}[{_UPPER}][\w.'’-]*"
)
_NAME = rf"(?:{_NAME_WORD} ){{1,3}}{_NAME_WORD}"
_AGENCY = (
    r"(?:AFP|AP(?: Photo| Images)?|(?:The )?Associated Press|Reuters|EPA(?:-EFE)?|EFE"
    r"|Getty(?: Images)?|Anadolu(?: Agency| Ajansi)?"
    r"|Xinhua|PA(?: Wire| Images| Media)?|Press Association|Bloomberg|T[Aa][Ss][Ss]|dpa|DPA"
    r"|ANSA|Kyodo(?: News)?|Shutterstock|iStock"
    r"|Alamy(?: Live News)?|Rex(?: Features)?|ZUMA(?: Press| Wire)?|NurPhoto|Sipa(?: USA"
    r"| Press)?|Magnum(?: Photos)?|Pool|UPI"
    r"|(?:The )?Canadian Press|Yonhap|WANA|LaPresse|Ritzau(?: Scanpix)?|Scanpix|NTB|Handout"
    r"|Imagn(?: Images)?|Agence France-Presse)"
)
_FROM_AGENCY = (
    rf"{_AGENCY}(?:(?:\s?[/,|]\s?|\s(?:via|for|and|through)\s){_AGENCY}|\s(?:via"
    rf"|for)\s[{_UPPER}][\w ]{{2,30}})*"
)
_BY_AGENCY = (
    rf"(?:(?:[Pp]hoto(?:graph)?s? by )?{_NAME}\s?(?:[/|,]|[-–—]|\bfor\b|\bvia\b)\s?)?{_FROM_AGENCY}"
)
_PICTURE = r"(?:photo(?:graph)?s?|images?|illustration)"
_CREDITS = (
    # "Pool", "Handout" or "Rex" alone are words like any other.
    re.compile(
        rf"(?!(?:Pool|Handout|Rex)$)[(\[]?{_BY_AGENCY}(?:\s?/\s?File(?: [Pp]hoto)?)?[)\]]?\.?"
    ),
    re.compile(
        rf"[(\[]?(?:{_PICTURE}|picture|video)?\s?(?:credits?|courtesy(?: of)?"
        rf"|source)\s?[:,]\s?.{{2,80}}(?<![.!?])[)\]]?",
        _I,
    ),
    re.compile(rf"[(\[]?{_PICTURE}\s?(?::|\bby\b|[|/])\s?[^.!?]{{2,70}}[)\]]?\.?", _I),
)
_CREDIT_AT_END = re.compile(
    rf".{{20,}}[(\[]\s?(?:{_BY_AGENCY}|(?:AP|Getty) [Pp]hoto\s?/\s?.{{3,40}}"
    r"|(?:[Pp]hoto|[Ii]mage|[Pp]icture)s?\s?(?::|by)\s?.{2,60}|[Ff]ile [Pp]hoto)[)\]]\.?"
)
_CAPTION_LABEL = re.compile(r"(?:(?:image|photo|picture|video) )?caption\s?[:,]\s*(?=\S)", _I)
_CAPTION_SIGNS = re.compile(
    r"\b(?:file (?:photo|picture|image)|(?:is|are) (?:seen|pictured|shown)|pictured (?:here"
    r"|in|at|on|above|left|right)|seen here"
    r"|in this (?:\w+ ){0,2}(?:photo|image|picture|handout|frame grab|screengrab|still))\b"
    r"|\((?:left|right|centre|center|l|r|c)\)"
    r"|\bon (?:\w+day,? )?(?:\w+ \d{1,2}|\d{1,2} \w+),? \d{4}\.?$",
    _I,
)

_ROLE = (
    r"(?:[\w'’&-]+ ){0,4}(?:reporters?|correspondents?|editors?|writers?|columnists?"
    r"|journalists?|producers?|contributors?|staff"
    r"|bureau(?: chief)?|analysts?|news|desk)(?: in [\w ]{2,30}| at [\w ]{2,40})?"
)
_NAMES = rf"{_NAME}(?:(?:, | and | & |, and ){_NAME}){{0,4}}"
_BYLINES = (
    re.compile(
        rf"(?:[Bb][Yy]|[Ww]ritten by|[Aa]uthors?:|[Rr]eported by"
        rf"|[Ss]tory by)\s+(?P<name>{_NAMES}|{_AGENCY})"
        r"(?:(?:,| in| for| \||\s[-–—]) ?[^.!?]{2,60})?"
    ),
    re.compile(rf"(?P<name>{_NAMES}), (?i:{_ROLE})"),
)
_ONLY_NAME = re.compile(_NAME)
_ORGANISATION = re.compile(
    r"\b(?:department|ministry|agency|agencies|news|times|post|press|institute|cent(?:er|re)"
    r"|university|desk|office|daily|weekly|journal"
    r"|magazine|bureau|council|research|studies|network|tv|television|radio|tribune|herald"
    r"|gazette|media|today|observer|chronicle"
    r"|telegraph|guardian|monitor|review|courier|echo|ledger|standard|express|independent"
    r"|globe|dispatch|examiner|inquirer|foundation|society|committee|commission|association"
    r"|authority|reuters|afp|bbc|cnn"
    r"|[\w-]+\.(?:com|org|net|co\.\w\w|news|info))\b",
    _I,
)
# The last word of a paper's name, before at most the word that says what it is.
_PAPER = re.compile(
    r"(?:the )?(?:[\w.&'’-]+ ){0,4}(?:news|times|post|press|daily|weekly|journal|magazine|tribune"
    r"|herald|gazette|observer|chronicle|telegraph|guardian|monitor|review|courier|echo|ledger"
    r"|standard|express|independent|globe|dispatch|examiner|inquirer|reuters|afp|bbc|cnn)"
    r"(?: (?:online|weekly|daily|live))?",
    _I,
)
# Below a name: the writer's post or mail address, or that someone else employs them.
_NO_OUTLET = re.compile(
    rf"\S+@\S+\.\S+|special (?:to|for) .{{2,60}}|(?:[\w'’-]+ ){{0,3}}{_ROLE}"
    rf"|(?:[\w'’-]+ ){{0,7}}critic",
    _I,
)
_SMALL_WORDS = frozenset(
    ("of", "and", "the", "for", "in", "on", "at", "de", "la", "du", "des", "et", "&", "by", "to")
)
_DATE_LABEL = re.compile(
    r"(?P<updated>(?:last )?(?:updated?|modified|revised)(?: (?:on|at))?)"
    r"|(?:first )?(?:published|posted|created|issued|released|date|publication date)(?: (?:on"
    r"|at))?",
    _I,
)
_LINK_LINE = re.compile(
    r"(?:(?:source|link|url|original(?: article)?|available at|via)\s?:?\s*)?"
    r"[<(]?(?P<url>(?:https?://|www\.)[^\s<>\"]{4,2000}?)[>).,;]*",
    _I,
)
_GLUED_LINK = re.compile(r"(?P<line>\S.{9,300}?)\s*(?P<url>https?://[^\s<>\"]{4,2000})", _I)
_LABEL_AT_START = re.compile(
    r"(?:(?:(?:web|news|online|monitoring|digital|foreign|sports?|business|national"
    r"|international|city|world) ?(?:desk|report)|desk report"
    r"|(?:staff|our|special|own)(?: \w+)? (?:report(?:er)?|correspondent)|news agenc(?:y|ies)"
    r"|agencies)\s?(?::|\s[-–—])\s+)(?=\S)",
    _I,
)
_PLACE_LABEL = re.compile(rf"[{_UPPER}][\w .,&'’/()-]{{1,60}}\s?[—–]")


class Stated(NamedTuple):
    """What a line above an article states about it."""

    author: str | None = None
    publisher: str | None = None
    published: PartialDate | None = None
    updated: PartialDate | None = None


def is_prompt(line: str) -> bool:
    """Recognizes a prompt, a link to another page, an advertisement's mark, a notice of rights."""
    return len(line) <= _LONGEST and any(pattern.fullmatch(line) for pattern in _PROMPTS)


def is_credit(line: str) -> bool:
    """Recognizes a picture's credit."""
    return len(line) <= 120 and any(pattern.fullmatch(line) for pattern in _CREDITS)


def is_place_label(line: str) -> bool:
    """Recognizes a place or outlet with a dash, set apart from the paragraph that it opens."""
    return len(line) <= 60 and len(line.split()) <= 8 and _PLACE_LABEL.fullmatch(line) is not None


def caption_of(line: str) -> str | None:
    """Returns the caption, without its label, of a line that says it is one; else None."""
    if len(line) > 2 * _LONGEST:
        return None
    if label := _CAPTION_LABEL.match(line):
        return line[label.end() :]
    return line if _CREDIT_AT_END.fullmatch(line) else None


def reads_as_caption(line: str) -> bool:
    """Tells whether a line beside a picture's credit describes the picture."""
    return len(line) <= 2 * _LONGEST and _CAPTION_SIGNS.search(line) is not None


def link_of(line: str) -> str | None:
    """Returns the address if the line is nothing else."""
    match = _LINK_LINE.fullmatch(line) if len(line) <= 2100 else None
    if match is None:
        return None
    return match["url"] if match["url"].lower().startswith("http") else f"https://{match['url']}"


class Glued(NamedTuple):
    """A headline and the address that stood at its end."""

    line: str
    url: str


def split_link(line: str) -> Glued | None:
    """Splits a headline with an address stuck to its end."""
    match = _GLUED_LINK.fullmatch(line) if len(line) <= 2400 else None
    return None if match is None else Glued(match["line"], match["url"])


def without_label(line: str) -> str:
    """Removes a desk's label from a first paragraph ("Newsdesk: …")."""
    match = _LABEL_AT_START.match(line)
    return line[match.end() :] if match else line


def stated_in(line: str) -> Stated | None:
    """Reads author, outlet and dates from a byline or date line; None for any other line."""
    if len(line) > 160:
        return None
    parts = [part for part in re.split(r"\s*[|•·]\s*", line) if part]
    found = [_stated_in_part(part) for part in parts]
    known = [item for item in found if item is not None]
    others = [part for item, part in zip(found, parts, strict=True) if item is None]
    if not known or not all(_is_organisation(part) for part in others):
        return None
    merged = _merge(known)
    return merged._replace(publisher=merged.publisher or next(iter(others), None))


def outlet_of(line: str, above: str) -> Stated | None:
    """Reads "The Courier | courier.example", or an outlet below a person's name; else None."""
    if len(line) > 100:
        return None
    first, *others = re.split(r"\s*[|•·]\s*", line)
    if others:
        return (
            Stated(publisher=first)
            if _is_titled(first) and all(_is_organisation(part) for part in others)
            else None
        )
    if not is_name(above):
        return None
    if _NO_OUTLET.fullmatch(line):
        return Stated()
    return Stated(publisher=line) if _is_organisation(line) else None


def is_name(line: str) -> bool:
    """Recognizes a person's name."""
    return len(line) <= 60 and _ONLY_NAME.fullmatch(line) is not None


def is_paper(line: str) -> bool:
    """Recognizes the name of a newspaper, a broadcaster or an agency, alone on its line."""
    return len(line) <= 60 and _PAPER.fullmatch(line) is not None and _is_titled(line)


def _stated_in_part(part: str) -> Stated | None:
    for pattern in _BYLINES:
        if match := pattern.fullmatch(part):
            return _author_and_outlet(match["name"], part)
    dated = date_at_end(part)
    return None if dated is None else _stated_with_date(dated[0].strip(" ,|-–—:("), dated[1])


def _author_and_outlet(name: str, line: str) -> Stated:
    """Reads the author of a byline and, if it ends in ", The Gazette", the outlet."""
    outlet = line.rpartition(", ")[2]
    if not _is_organisation(outlet) or outlet == line or _NO_OUTLET.fullmatch(outlet):
        return Stated(author=name)
    return Stated(author=name.removesuffix(f", {outlet}"), publisher=outlet)


def _stated_with_date(before: str, date: PartialDate) -> Stated | None:
    label = _DATE_LABEL.fullmatch(before)
    if label and label["updated"]:
        return Stated(updated=date)
    if label or not before:
        return Stated(published=date)
    byline = _stated_in_part(before)
    if byline is not None and byline.author:
        return byline._replace(published=date)
    if _is_organisation(before):
        return Stated(publisher=before, published=date)
    return Stated(author=before, published=date) if _ONLY_NAME.fullmatch(before) else None


def _is_organisation(text: str) -> bool:
    return len(text) <= 100 and _ORGANISATION.search(text) is not None and _is_titled(text)


def _is_titled(text: str) -> bool:
    """Tells whether all but small words begin with a capital, and no sentence ends."""
    words = [word for word in text.split() if word.lower() not in _SMALL_WORDS]
    return (
        bool(words)
        and len(words) <= 12
        and not text.endswith((".", "?", "!", ":"))
        and all(not word[0].islower() or "." in word for word in words)
    )


def _merge(items: list[Stated]) -> Stated:
    """Takes the first stated value of each field."""
    merged = Stated()
    for item in items:
        merged = Stated(
            author=merged.author or item.author,
            publisher=merged.publisher or item.publisher,
            published=merged.published or item.published,
            updated=merged.updated or item.updated,
        )
    return merged
