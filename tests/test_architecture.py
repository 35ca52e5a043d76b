"""Who may import whom, where each heavy library lives, and that importing a package loads none of them."""

from __future__ import annotations

import ast
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = ("rag", "ingest", "eval")

# A library and the modules that may import it. The comparison with the plain LlamaIndex way needs what it compares with.
PLAIN = ("eval.bench.speed", "eval.run.llamaindex_baseline")
HOMES = {
    "chromadb": ("rag.store.vector_index", *PLAIN),
    "tantivy": ("rag.store.lexical_index",),
    "gradio": ("rag.app.chat.*",),
    "sentence_transformers": ("rag.embed", "rag.retrieval.rerank"),
    "transformers": (
        "rag.reading.loading",
        "rag.reading.span_model",
        "rag.embed",
        "rag.retrieval.rerank",
        "eval.train.*",
    ),
    "tokenizers": ("rag.embed",),
    "torch": ("rag.embed", "rag.reading.loading", "rag.reading.span_model", "eval.train.*"),
    "llama_index": ("rag.engine", "rag.llamaindex", "rag.generation.llm.*", *PLAIN),
    "matplotlib": ("eval.report", "eval.report.*"),
    "trafilatura": ("ingest.extract.page.main_text", "eval.extraction"),
    "nupunkt": ("ingest.segment.boundaries",),
    "sqlite3": ("rag.store.database", "rag.store.doctor"),
    "httpx": ("ingest.web", "rag.generation.llm.clients", "rag.generation.llm.exceptions"),
    "httpcore": ("ingest.web",),
    "feedparser": ("ingest.sources.documents", "ingest.web", "ingest.feeds"),
}
HEAVY = set(HOMES) - {"sqlite3"} | {
    "numpy",
    "scipy",
    "sklearn",
    "lxml",
    "rich",
    "pydantic",
    "huggingface_hub",
    "onnxruntime",
    "pypdf",
}


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports_of(path: Path) -> set[str]:
    """Every module that a file imports anywhere in it; `from rag import archive` counts as rag.store.archive where that is a module."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import, which this test does not read"
            found.add(node.module)
            found.update(
                f"{node.module}.{alias.name}"
                for alias in node.names
                if f"{node.module}.{alias.name}" in MODULES
            )
    return found


PATHS = {
    module_of(path): path for package in OURS for path in sorted((ROOT / package).rglob("*.py"))
}
MODULES = set(PATHS)
IMPORTS = {module: imports_of(path) for module, path in PATHS.items()}


def within(module: str, *packages: str) -> bool:
    return any(module == package or module.startswith(package + ".") for package in packages)


def breaches(modules, forbidden) -> list[str]:
    return sorted(
        f"{module} imports {name}"
        for module in modules
        for name in IMPORTS[module]
        if forbidden(name)
    )


def test_the_imports_are_read() -> None:
    """Guards the guard: these imports are there, and are seen wherever in a file they stand."""
    assert {"rag.model", "rag.store.archive"} <= IMPORTS["rag.retrieval.retrieve"]
    assert "chromadb" in IMPORTS["rag.store.vector_index"]
    assert "rag.engine" in IMPORTS["rag"]


def test_model_and_errors_stand_alone() -> None:
    allowed = {"__future__"} | sys.stdlib_module_names
    assert (
        breaches(["rag.model", "rag.errors"], lambda name: name.split(".")[0] not in allowed) == []
    )


def test_ingest_knows_of_rag_only_its_front() -> None:
    front = ("rag.model", "rag.errors", "rag.embed", "rag.store", "rag.text")
    inside = [module for module in MODULES if within(module, "ingest")]
    assert breaches(inside, lambda name: within(name, "rag") and not within(name, *front)) == []
    assert breaches(inside, lambda name: within(name, "eval")) == []


def test_rag_knows_neither_ingest_nor_eval_outside_its_faces() -> None:
    inside = [
        module for module in MODULES if within(module, "rag") and not within(module, "rag.app")
    ]
    assert breaches(inside, lambda name: within(name, "ingest", "eval", "rag.app")) == []


def test_scores_reports_and_comparisons_need_no_archive_and_no_model() -> None:
    plain = [module for module in MODULES if within(module, "eval.scoring", "eval.report")]
    heavy = ("chromadb", "torch", "sentence_transformers", "transformers", "llama_index", "tantivy")
    assert {"eval.scoring.metrics", "eval.scoring.compare"} <= set(plain)
    assert (
        breaches(
            plain,
            lambda name: (
                within(name, *heavy, "ingest")
                or (
                    within(name, "rag")
                    and name not in ("rag.model", "rag.errors", "rag.validation")
                )
            ),
        )
        == []
    )


def test_faces_know_everything_and_nobody_knows_them() -> None:
    outside = [module for module in MODULES if not within(module, "rag.app")]
    # The evaluation shows its progress as all commands do.
    shared = "rag.app.progress"
    assert breaches(outside, lambda name: within(name, "rag.app") and name != shared) == []


@pytest.mark.parametrize("library", sorted(HOMES))
def test_each_heavy_library_has_one_home(library: str) -> None:
    strangers = [
        module for module in MODULES if not any(fnmatch(module, home) for home in HOMES[library])
    ]
    assert breaches(strangers, lambda name: within(name, library)) == []


def test_no_module_imports_itself_in_a_circle() -> None:
    """At run time: an import inside a function or for type checkers is no circle."""
    graph = {module: top_level(PATHS[module]) & MODULES for module in MODULES}

    def reaches(start: str) -> bool:
        seen, left = set(), list(graph[start] - {start})
        while left:
            module = left.pop()
            if module not in seen:
                seen.add(module)
                left += graph[module]
        return start in seen

    assert [module for module in sorted(MODULES) if reaches(module)] == []


def top_level(path: Path) -> set[str]:
    """The modules imported as the file is loaded."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            submodules = {f"{node.module}.{alias.name}" for alias in node.names} & MODULES
            # A package is loaded too, but a submodule may be asked of it while it loads.
            found |= submodules or {node.module}
    return found


@pytest.mark.parametrize(
    "statement",
    [
        "import rag, ingest, eval",
        "import rag.model, rag.errors, rag.store.archive, rag.retrieval.retrieve, rag.quotes, rag.embed",
        "from rag import open_archive, Engine, Answer, Quote",
        "from ingest import ingest",
    ],
)
def test_importing_loads_nothing_heavy(statement: str) -> None:
    light = {"from ingest import ingest": {"lxml"}}.get(statement, set())
    script = f"{statement}\nimport sys\nprint(*sorted({HEAVY - light!r} & {{name.split('.')[0] for name in sys.modules}}))"
    ran = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == []


def test_asking_for_what_a_package_does_not_have_says_so() -> None:
    import ingest
    import rag

    for package in (rag, ingest):
        with pytest.raises(AttributeError, match="no attribute 'nothing'"):
            _ = package.nothing
        for name in package.__all__:
            assert getattr(package, name) is not None
