"""Makes example questions that the articles answer, of their headlines and the names in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rag.store.database import Headline
from rag.text.names import bare_names
from rag.text.persons import person_score

# Names are counted in the newest articles only; older ones say little about what is in the news.
_NEWEST = 300
_MOST_CHARS = 100


def example_questions(headlines: Sequence[Headline]) -> list[str]:
    """At most three questions: on the commonest name, on a person, on the newest headline."""
    newest = sorted(headlines, key=_age)[:_NEWEST]
    named = Counter(name for item in newest for name in set(bare_names(item.lead)))
    leads = "\n".join(item.lead for item in newest)
    # A single word is too vague a topic, and half of a person's name.
    names = [name for name, count in named.most_common(60) if count > 1 and " " in name]
    person = next((name for name in names if person_score(name, leads) > 1), None)
    topic = next((name for name in names if name != person), None)
    titles = (item.title.strip() for item in newest)
    title = next((title for title in titles if 0 < len(title) <= _MOST_CHARS), None)
    examples = (
        topic and f"Tell me about {topic}.",
        person and f"What did {person} say?",
        title and f"What do the articles say about “{title}”?",
    )
    return [example for example in examples if example]


def _age(item: Headline) -> tuple[bool, int]:
    """Newest first, articles without a date last."""
    if item.published is None:
        return True, 0
    return False, -item.published.last_epoch
