"""Finds what in a question's words and signs tells which kind of answer it asks for.

Each cue is a name, such as `begins:how many` or `is:comparative`; `rag.answering.kinds` weighs
them. A question is read as a run of shapes: words of one meaning stand for each other ("article",
"story", "report"), the words that carry the form of a question stand for themselves, and any other
word is only a word with its ending, so that "which ministers resigned" looks like "which banks
failed". English.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_TOKEN = re.compile(
    r"[^\W_]*\d[^\W_]*(?:[.,]\d+)*|[^\W\d_]+(?:'[^\W\d_]+)*|[?!,;:/\"-]|\.\.\.|\.(?=\s)"
)
_PUNCTUATION = frozenset('?!,;:/"-') | {".", "..."}
_STRAIGHT_QUOTES = str.maketrans("‘’“”„«»", '\'\'"""""')
_SPELLINGS = dict(
    pair.split("=")
    for pair in (
        "wat=what wht=what wen=when whn=when wer=where wich=which hw=how hwo=how u=you ur=your "
        "r=are abt=about bout=about pls=please plz=please"
    ).split()
)
_WH_WORDS = "who whom whose what which when where why how".split()

# Words that mean the same for the kind of a question.
_GROUPS = {
    "said": """
        say said says saying told thinks think thought comment comments commented remark remarks
        quote quotes quoted word words statement statements reply replied answer answered respond
        responded response react reacted reaction reactions view views opinion opinions stance
        position criticism praise argue argued claim claimed announce announced promise promised
        promises warn warned warning warnings justify defend complain apology excuse advice
        accusations explanation message speech objections
        """,
    "article": """
        article articles story stories report reports coverage piece pieces headline headlines item
        items
        """,
    "archive": """
        archive archived database dataset data collection index texts text documents docs source
        sources newspaper newspapers publications publishers outlets agencies topics subjects
        """,
    "figure": """
        rate turnover profit profits loss losses salary budget price cost costs fee temperature
        length depth height magnitude majority population attendance toll sum amount total percent
        percentage proportion share number size debt speed weight inflation sales revenue wage pay
        fine jackpot gdp worth figure figures value income rent
        """,
    "sequence": """
        timeline chronology chronological sequence order course stage stages step steps milestones
        aftermath afterwards unfold unfolded develop developed development developments evolve
        evolved evolution escalate history recap trace chart dates followed
        """,
    "summary": """
        summary summaries summarise summarize summarised overview outline gist brief briefing
        background explain describe rundown nutshell tldr info information details latest update
        updates news account
        """,
    "compare": """
        compare compared compares comparing comparison contrast versus vs v difference differences
        differ different combined together altogether rank
        """,
    "more": """
        bigger larger smaller better worse older younger longer shorter taller higher lower faster
        slower richer cheaper stronger weaker deadlier earlier sooner further farther hotter colder
        safer dearer pricier quicker heavier poorer harder easier looser stricter tighter milder
        greater closer nearer smarter tougher warmer cooler wetter drier quieter louder thinner
        thicker
        """,
    "items": "list lists name names enumerate identify examples",
    "show": "show find get give search look looking fetch pull bring display open see read",
    "chat": """
        hello hi hey hiya heya yo sup wassup howdy thanks thank thankyou thx thnks thnx tnx tq ty
        tysm cheers ta bye goodbye byebye byee cheerio laters farewell ciao adios cya ttyl gn gm
        morning afternoon evening night greetings welcome sorry oops please ok okay yes yeah yep no
        nope nah sure fine alright cool great good nice perfect lovely super excellent awesome
        brilliant amazing wonderful fantastic bravo congrats congratulations wow lol haha hehe rofl
        lmao omg wtf hm hmm um huh uh oh ah ugh argh damn help test testing menu commands options
        instructions usage manual faq quit exit stop start restart reset cancel clear repeat again
        hola bonjour salut merci danke hallo gracias grazie namaste namaskar salaam understood
        correct agreed maybe whatever really nevermind
        """,
    "row": """
        row scandal scandals affair crisis dispute case debate fuss saga trial war strike riots
        disaster protests election attack
        """,
    "is": "is are was were",
    "did": "did does do",
    "has": "has have had",
    "will": "will would can could should may might must",
}
_GROUP_OF = {word: f"<{group}>" for group, words in _GROUPS.items() for word in words.split()}
# Stands for "cities" in "which cities", for "people" in "what people".
_SEVERAL_WORD = "several"
_FORM_WORDS = frozenset(_WH_WORDS) | frozenset(
    f"""
    am be been being i me my you your he his him she her it its we us our they them their this that
    these those there here one ones a an the all any some every each both either other others else
    another more most less least fewer same not of in on at by for from to with about after before
    since between during until against than then as into over under up out off through and or but if
    whether so because while whats what's who's whos where's how's when's why's how'd what'd many
    much far long tall big high often large deep fast heavy happen happens happened happening next
    events mention mentions know want need like tell ask use go went now today write wrote post
    tweet feel year day ago two three five ten first last new people anyone anybody someone
    {_SEVERAL_WORD}
    """.split()
)
_ENDINGS = ("ing", "ed", "er", "est", "s")
_LENGTHS = (0, 1, 2, 3, 5, 8, 12, 18)
# Of more characters the rest is not looked at.
_LONGEST = 1000

_WH = rf"(?:{'|'.join(_WH_WORDS)})"
_AUX = r"(?:did|does|do|was|were|is|are|has|have|had|will|would|can|could|should)"
_MEASURE = r"how (?:many|much|far|long|tall|high|deep|fast|old|big|often)"
_MORE = rf"(?:more|less|fewer|{'|'.join(_GROUPS['more'].split())}|\w+ier)"
# What a request is put in: "hello, can you tell me who won" asks what "who won" asks.
_FRAME = re.compile(
    r"^(?:(?:hi|hello|hey|thanks|thank you|ok|okay|so|and|but|please|kindly|right|now)\b"
    r"[\s,.!:-]*)*"
    r"(?:(?:(?:can|could|would|will) you (?:please |kindly )?(?:tell me|say|check|confirm)"
    r"|tell me|tell|do you know|any idea|i (?:want|need|would like) to know|i'd like to know"
    r"|i wonder|find out|let me know|remind me|find|show me|give me|just checking:?)"
    rf" (?=(?:{_WH}|if|whether)\b))?",
    re.IGNORECASE,
)
# "which other ministers" asks for several; "what makes" and "which airline flies" do not.
_PLURAL = (
    rf"(?:(?!{_AUX}\b|(?:species|series|news|means)\b)\w+[^\W\dsui]s|people|women|men|children)\b"
)
_VERBS = (
    r"(?:makes|takes|causes|drives|gives|means|kills|goes|comes|runs|stops|keeps|happens|sets|leads"
    r"|brings|needs)"
)
_SEVERAL = re.compile(
    rf"\b(?:which|what)(?: other| all)* (?:(?<!what )|(?!{_VERBS}\b))(?:{_PLURAL}"
    rf"|(?!{_AUX}\b|of\b)\w+ {_PLURAL}"
    rf"(?=$|\?| (?:{_AUX}|\w+ed|went|got|won|lost|fell|came|took|made|left|ran)\b))"
)
# "Is the boy who fell alive": the "who" tells more of the word before.
_CLOSED = re.compile(
    rf"{_AUX} (?!you\b)(?:(?:the|an?) [\w'-]+ (?:who|which) )?"
    r"(?!.*\b(?:or|who|whom|whose|what|which|why|how)\b)(?!.*[?.] \S)"
)
# "What is the latest on X", "any news about X", "what's new with X", and what it is about.
_LATEST = re.compile(
    r"(?:(?:what(?:'s| is| are)|(?:is|are) there) )?(?:the |some |any )?"
    r"(?:(?:latest|newest|(?:most )?recent|more|further|other|new)"
    r"(?: news| updates?| developments?)?|news|updates?) "
    r"(?:on|about|with|in|from|regarding) (?P<topic>\S.*?)\W*",
    re.IGNORECASE,
)
_ASKS_LATEST = re.compile(r"\b(?:latest|newest|recent|news?|updates?)\b", re.IGNORECASE)
# "The latest on the strike and what did Tull say" asks for more.
_ASKS_ON = re.compile(rf"(?:\band|;) (?:{_WH}|{_AUX})\b", re.IGNORECASE)
_FROM = re.compile(
    r"\b(?:latest|news|updates?|developments?) from (?:the )?[A-Z][^?]*? (?:on|about|regarding) \S"
)
_HOW_LONG = re.compile(r"how (?:long|old) (?:were|was|are|is|have|has|had|did|do)\b")
_COMPARES = re.compile(rf"\b(?:{_MORE}|than|or|differ\w*|compar\w+|versus|vs|each|respectively)\b")
_DOCUMENTS = re.compile(
    r"\bhow many (?:[a-z-]+ ){0,2}(?:documents|files|records|pages|e-?mails|messages)\b"
    r"(?=.* (?-i:[A-Z])\w)",
    re.IGNORECASE,
)
_OF_ARCHIVE = re.compile(
    r"\b(?:archives?|database|collection|corpus|dataset|in here|you|your|mention\w*|articles?"
    r"|(?:is|are) (?:there )?(?:about|on|from|by))\b",
    re.IGNORECASE,
)
_IN_SPEECH = re.compile(
    r"what (?:did|does|has|had) (?P<who>.{1,80}?) (?:offer|give|cut|raise|do|unveil|show|wear"
    r"|launch|present|receive)\b.* (?:in|during|at) (?:his|her|their|the|its|a|an)"
    r" (?:[\w'-]+ ){0,4}(?:speech|address|talk|interview|statement)\W*$",
    re.IGNORECASE,
)
# Where the question itself starts, behind "according to the police, " or "when the ship sank, ".
_CLAUSE = re.compile(
    r"(?:^(?:(?:when|if|once)\b[^,?]*, )?|[,:;.-] )"
    rf"(?=(?:(?:in|of|from|for|by|at|on|to|with|under) )?(?:{_WH}|{_AUX})\b)"
)
_PATTERNS = {
    name: re.compile(pattern)
    for name, pattern in {
        "wh after and": rf"\b{_WH}\b.*(?:\band|,) (?:\w+ )?{_WH}\b",
        "wh and wh": rf"\b{_WH} and (?:\w+ )?{_WH}\b",
        "wh and auxiliary": rf"\b{_WH}\b.*\band (?:if so )?{_AUX}\b",
        "auxiliary and wh": rf"^{_AUX}\b.*\band (?:\w+ )?{_WH}\b",
        "two sentences": r"[?.] \S.*\w",
        "A or B": r"\S or \S",
        "A and B": r"\S and \S",
        "quotation": r"\"",
        "year": r"\b(?:19|20)\d\d\b",
        "comparative": rf"\b{_MORE}\b",
        "than": r"\bthan\b",
        "comparative and or": rf"\b(?:{_MORE}|first|most)\b.*\b(?:or|and|than) \w+",
        "auxiliary and comparative": rf"^{_AUX}\b.*\b(?:{_MORE}\b.* than|as \w+ as)\b",
        "two": r"\b(?:two|both|either|of them|of these|between)\b",
        "tag": r", (?:right|is|was|were|did|(?:is|was|did|do|does|has|are)n't)\b[^,]*$",
        "yes or no": r"\b(?:yes or no|true or false|or not|true|confirm|whether)\b",
        "figure": r"\bhow (?:many|much|far|long|tall|high|deep|fast|heavy|big|large|wide|strong|hot"
        r"|cold)\b",
        "figures": rf"\b{_MEASURE}\b.*\b{_MEASURE}\b",
        "several": rf"\b{_SEVERAL_WORD}\b",
        "led in": r"[,:] ",
        "are": r"\b(?:what|who|which|where|when) (?:are|were)\b",
        "else": r"\b(?:who|what|which|where) (?:else|all|other|others)\b",
        "did say": r"\b(?:did|does|do|has|have|had)\b.*"
        r"\b(?:say|said|tell|told|think|write|tweet|post)\b",
        "said that": r"\b(?:say|said|claim|promise|admit|deny) (?:that|he|she|they|it|the|there)\b",
        "happened after": r"\bhappen\w* (?:next|after|before|since|between|when|from|first)\b"
        r"|\bhappened to .* (?:after|since)\b",
        "happened at": r"\bhappen\w* (?:at|in|on|with|during)\b",
        "in the news": r"\b(?:in the (?:news|headlines|papers)|talking about|headlines)\b",
        "press says": r"\b(?:papers?|articles|press|news|newspapers|media|people) (?:\w+ )?"
        r"(?:say|saying|report|reporting|write|written)\b"
        r"|\bbeing (?:said|reported|written)\b",
        "over time": r"\bover (?:the )?(?:\w+ )?"
        r"(?:time|years?|months?|weeks?|days?|decades?|course)\b"
        r"|\b(\w+) (?:by|to) \1\b",
        "changed": r"\bhow (?:did|has|have)\b.*\b(?:go on|gone|play out|unfold|spread|grow|rise"
        r"|changed?|developed?|moved?)\b",
        "archive itself": r"\b(?:this|the|your) "
        r"(?:archive|database|collection|data|articles|sources)\b|\bin here\b",
        "you": r"\byour?\b",
        "about at end": r"\babout\W*$",
        "bare name": r"^[^\W\d]+(?: [^\W\d]+)?$",
        "ellipsis": r"\.\.\.",
    }.items()
}


def without_frame(question: str) -> str:
    """The question without a greeting or request around it.

    >>> without_frame("Hello, can you tell me who won?")
    'who won?'
    """
    return _FRAME.sub("", question) or question


def asks_yes_or_no(question: str) -> bool:
    """Whether a question begins with an auxiliary verb and offers no choice.

    >>> asks_yes_or_no("Was anybody hurt when it sank?"), asks_yes_or_no("Is it red or blue?")
    (True, False)
    """
    text = question.translate(_STRAIGHT_QUOTES).casefold().strip()
    return bool(_CLOSED.match(_FRAME.sub("", text)))


def latest_on(question: str) -> str | None:
    """What a question asks the latest of; None if it asks for something else.

    >>> latest_on("What is the latest on Ada Skarn?"), latest_on("Any news about the ferry?")
    ('Ada Skarn', 'the ferry')
    """
    asked = without_frame(question.translate(_STRAIGHT_QUOTES).strip())
    match = _LATEST.fullmatch(asked)
    if match is None or _ASKS_ON.search(match["topic"]) or latest_from(question):
        return None
    if not _ASKS_LATEST.search(asked[: match.start("topic")]):
        return None
    return match["topic"]


def asks_latest_and_more(question: str) -> bool:
    """Whether a question asks for the latest on something, and another question after it.

    >>> asks_latest_and_more("What is the latest on the strike and what did Tull say?")
    True
    """
    match = _LATEST.fullmatch(without_frame(question.translate(_STRAIGHT_QUOTES).strip()))
    return match is not None and _ASKS_ON.search(match["topic"]) is not None


def latest_from(question: str) -> bool:
    """Whether a question asks for the latest that somebody said on something.

    >>> latest_from("What is the latest from Tull on taxes?"), latest_from("Any news from Skarn?")
    (True, False)
    """
    asked = without_frame(question.translate(_STRAIGHT_QUOTES).strip())
    match = _LATEST.fullmatch(asked)
    return match is not None and _FROM.search(asked) is not None


def asks_one_length(question: str) -> bool:
    """Whether a question asks how long two were something together: nothing is compared.

    >>> asks_one_length("How long were Tull and Crane together?")
    True
    """
    text = without_frame(question).casefold()
    return bool(_HOW_LONG.match(text)) and not _COMPARES.search(text)


def counts_named_documents(question: str) -> bool:
    """Whether a question counts documents of something that it names, and not of the archive.

    >>> counts_named_documents("How many documents were leaked in the Skarn Papers?")
    True
    """
    match = _DOCUMENTS.search(question)
    return bool(match) and not _OF_ARCHIVE.search(question)


def acts_in_speech(question: str) -> bool:
    """Whether a speech is only where somebody did what a question asks for.

    >>> acts_in_speech("What did Tull offer Dell in her speech?")
    True
    """
    return _IN_SPEECH.match(without_frame(question)) is not None


def words_of_groups(*names: str) -> frozenset[str]:
    """The words of some of the groups of words with one meaning."""
    return frozenset(word for name in names for word in _GROUPS[name].split())


def cues(question: str) -> set[str]:
    """A question's words, pairs of words, runs of shapes, patterns, beginning, end and length.

    >>> sorted(cue for cue in cues("which banks failed") if cue.startswith("begins"))
    ['begins:which', 'begins:which several', 'begins:which several ~ed']
    """
    typed = _TOKEN.findall(question[:_LONGEST].translate(_STRAIGHT_QUOTES))
    tokens = [_SPELLINGS.get(token, token).casefold() for token in typed]
    words = [token for token in tokens if token not in _PUNCTUATION]
    text = re.sub(r" (?=[?!,;:.])", "", " ".join(tokens))
    core = _SEVERAL.sub(f"which {_SEVERAL_WORD}", _FRAME.sub("", text) or text)
    clause = _CLAUSE.search(core)
    shapes, start = _shapes(core), _shapes(core[clause.end() :] if clause else core)
    first = next((shape for shape in start if shape not in _PUNCTUATION), "")
    marks = {f"is:{name}" for name, pattern in _PATTERNS.items() if pattern.search(core)}
    marks |= {f"is:{_GROUP_OF[word]}" for word in words if word in _GROUP_OF}
    found = marks | {f"{first}&{mark}" for mark in marks}
    found |= {f"any:{token}" for token in tokens}
    found |= {f"pair:{pair}" for pair in _runs(words, 2)}
    found |= {f"run:{run}" for size in (2, 3) for run in _runs(shapes, size)}
    found |= {f"begins:{' '.join(start[:size])}" for size in range(1, min(len(start), 5) + 1)}
    found |= {f"ends:{' '.join(shapes[-size:])}" for size in (1, 2) if len(shapes) >= size}
    length = f"length:{max(size for size in _LENGTHS if size <= len(words))}"
    found |= {length, f"{length}&{first}", f"wh:{min(sum(word in _WH_WORDS for word in words), 3)}"}
    if text != core:
        found.add("framed")
    if not any(word in _FORM_WORDS or word in _GROUP_OF for word in words):
        found |= {"keywords", f"keywords&{length}"}
    return found


def _shapes(text: str) -> list[str]:
    """Each token's group, or itself if it carries the form of a question, else only its ending."""
    return [
        _GROUP_OF.get(token) or (token if _is_form(token) else _ending(token))
        for token in _TOKEN.findall(text)
    ]


def _is_form(token: str) -> bool:
    return token in _FORM_WORDS or token in _PUNCTUATION


def _ending(word: str) -> str:
    if any(sign.isdigit() for sign in word):
        return "9"
    return "~" + next(
        (end for end in _ENDINGS if word.endswith(end) and len(word) > len(end) + 2), ""
    )


def _runs(tokens: Sequence[str], size: int) -> set[str]:
    return {" ".join(tokens[at : at + size]) for at in range(len(tokens) - size + 1)}
