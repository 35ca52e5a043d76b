"""Finds chunks by their words: BM25 over texts and titles in tantivy, derived from the database.

BM25 as in Robertson and Zaragoza, The Probabilistic Relevance Framework (2009), k1 = 1.2, b = 0.75.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rag.errors import ArchiveDamaged, SourceError
from rag.store.disk import full_disk_told

if TYPE_CHECKING:
    import tantivy

_ANALYSER = "byline"
_HEAP_BYTES = 64_000_000
_MAX_WORD = 40
# A title matters for the whole article, so its words count less for each passage.
_TITLE_WEIGHT = 0.5
_SCORE_DIGITS = 4
_FIELDS = ("text", "title")


class LexicalRow(NamedTuple):
    """One chunk of the index; filters select by `version`."""

    chunk_id: str
    version: str
    title: str
    text: str


class LexicalIndex:
    """One tantivy index; `reload` shows what has been committed since it was opened."""

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        """Opens the index; with `create` it is made where there is none.

        :raises ArchiveDamaged: if there is none, or the folder holds something else.
        """
        import tantivy

        self._schema = _schema()
        with _mapped(folder):
            if create:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._index = (
                tantivy.Index(self._schema, path=str(folder), reuse=True)
                if create
                else tantivy.Index.open(str(folder))
            )
        self._folder = folder
        self._analyser = _analyser()
        self._index.register_tokenizer(_ANALYSER, self._analyser)

    def upsert(self, rows: Sequence[LexicalRow]) -> None:
        """Writes chunks, replacing those that exist, and commits.

        :raises SourceError: if tantivy refuses a chunk; then none is written.
        """
        import tantivy

        try:
            documents = [tantivy.Document(**row._asdict()) for row in rows]
        except (TypeError, ValueError) as error:
            raise SourceError(f"the lexical index does not take it: {error}") from error
        with self._writer() as writer:
            for row in rows:
                writer.delete_documents_by_term("chunk_id", row.chunk_id)
            for document in documents:
                writer.add_document(document)

    def delete(self, chunk_ids: Iterable[str]) -> None:
        """Deletes the chunks that exist, and commits."""
        with self._writer() as writer:
            for chunk_id in chunk_ids:
                writer.delete_documents_by_term("chunk_id", chunk_id)

    def reload(self) -> None:
        self._index.reload()

    def best(self, question: str, n: int, *, versions: Sequence[str] | None = None) -> list[str]:
        """Up to `n` chunk ids by BM25, best first, ties by id; only of `versions` if given."""
        query = self._query(question, versions)
        wanted = n + 1
        while query is not None:
            with _mapped(self._folder):
                searcher = self._index.searcher()
                # Equal passages differ in the last bits, which depend on the order of summation.
                found = [
                    (-round(score, _SCORE_DIGITS), address)
                    for score, address in searcher.search(query, wanted).hits
                ]
                # The order of equal ones is arbitrary: all are fetched before some are left out.
                if len(found) < wanted or found[n - 1][0] < found[-1][0]:
                    ranked = sorted(
                        (score, str(searcher.doc(address).get_first("chunk_id")))
                        for score, address in found
                    )
                    return [chunk_id for _, chunk_id in ranked[:n]]
            wanted *= 2
        return []

    def one_letter_off(self, word: str, n: int) -> list[str]:
        """Up to `n` ids of chunks with a word that is one letter off; none if any has the word."""
        from tantivy import Occur, Query

        terms = self._analyser.analyze(word)
        with _mapped(self._folder):
            searcher = self._index.searcher()
            if len(terms) != 1 or any(searcher.doc_freq(name, terms[0]) for name in _FIELDS):
                return []
            near = [Query.fuzzy_term_query(self._schema, name, terms[0]) for name in _FIELDS]
            query = Query.boolean_query([(Occur.Should, part) for part in near])
            hits = searcher.search(query, n).hits
            return [str(searcher.doc(address).get_first("chunk_id")) for _, address in hits]

    def count(self) -> int:
        return int(self._index.searcher().num_docs)

    def ids(self) -> set[str]:
        """Every chunk id of the index."""
        import tantivy

        with _mapped(self._folder):
            searcher = self._index.searcher()
            hits = searcher.search(tantivy.Query.all_query(), max(1, searcher.num_docs)).hits
            return {str(searcher.doc(address).get_first("chunk_id")) for _, address in hits}

    @contextmanager
    def _writer(self) -> Iterator[tantivy.IndexWriter]:
        """Commits what the block writes, or nothing if it raises."""
        with _mapped(self._folder):
            writer = self._index.writer(_HEAP_BYTES, 1)
            yield writer
            writer.commit()
            writer.wait_merging_threads()
            self._index.reload()

    def _query(self, question: str, versions: Sequence[str] | None) -> tantivy.Query | None:
        """Matches any of the question's words in text or title; built from terms, never parsed."""
        from tantivy import Occur, Query

        # Half of a surrogate pair is no text to tantivy.
        words = sorted(set(self._analyser.analyze(question.encode("utf-8", "replace").decode())))
        if not words:
            return None
        terms = [(Occur.Should, Query.term_query(self._schema, "text", word)) for word in words]
        terms += [
            (
                Occur.Should,
                Query.boost_query(Query.term_query(self._schema, "title", word), _TITLE_WEIGHT),
            )
            for word in words
        ]
        query = Query.boolean_query(terms)
        if versions is None:
            return query
        allowed = Query.const_score_query(
            Query.term_set_query(self._schema, "version", list(versions)), 0.0
        )
        return Query.boolean_query([(Occur.Must, query), (Occur.Must, allowed)])


@contextmanager
def _mapped(folder: Path) -> Iterator[None]:
    """Maps errors of tantivy to ArchiveDamaged and DiskFull."""
    try:
        with full_disk_told(folder):
            yield
    except (OSError, ValueError) as error:
        raise ArchiveDamaged(
            f"The lexical index {folder} cannot be used: {error}",
            hint="Run: byline doctor --rebuild",
        ) from error


def _schema() -> tantivy.Schema:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("chunk_id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("version", stored=False, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("title", stored=False, tokenizer_name=_ANALYSER, index_option="freq")
    builder.add_text_field("text", stored=False, tokenizer_name=_ANALYSER, index_option="freq")
    return builder.build()


def _analyser() -> tantivy.TextAnalyzer:
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    builder = TextAnalyzerBuilder(Tokenizer.simple())
    for step in (
        Filter.remove_long(_MAX_WORD),
        Filter.lowercase(),
        Filter.ascii_fold(),
        Filter.stopword("english"),
        Filter.stemmer("english"),
    ):
        builder = builder.filter(step)
    return builder.build()
