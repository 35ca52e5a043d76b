"""Who may import whom, where each heavy library lives, and what stands in each room."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("rag", "ingest", "eval")
MOST_MODULES = 16

# A library, and the modules that may import it. The LlamaIndex baseline needs what it is made of.
BASELINE = ("eval.run.llamaindex_baseline", "eval.bench.speed")
HOMES = {
    "chromadb": ("rag.store.vector_index", *BASELINE),
    "tantivy": ("rag.store.lexical_index",),
    "gradio": ("rag.app.chat.*",),
    "sentence_transformers": ("rag.embed", "rag.retrieval.rerank"),
    "transformers": (
        "rag.embed",
        "rag.encoder.*",
        "rag.reading.*",
        "rag.retrieval.rerank",
        "eval.train.*",
    ),
    "tokenizers": ("rag.embed",),
    "torch": ("rag.embed", "rag.encoder.*", "rag.reading.*", "eval.train.*"),
    "llama_index": (
        "rag.engine",
        "rag.llamaindex",
        "rag.app.library",
        "rag.generation.llm.*",
        *BASELINE,
    ),
    "matplotlib": ("eval.report.*",),
    "trafilatura": ("ingest.extract.*", "eval.extraction"),
    "nupunkt": ("ingest.segment.*",),
    "openvino": ("rag.encoder.int8",),
    "nncf": ("rag.encoder.int8",),
    "ray": ("ingest.ray_workers",),
    "sqlite3": ("rag.store.*", "eval.bench.faults.damages"),
    "httpx": ("rag.generation.llm.*",),
}
HEAVY = set(HOMES) - {"sqlite3"} | {
    "huggingface_hub",
    "lxml",
    "numpy",
    "onnxruntime",
    "pydantic",
    "pypdf",
    "rich",
    "scipy",
    "sklearn",
}


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


PATHS = {module_of(p): p for package in PACKAGES for p in sorted((ROOT / package).rglob("*.py"))}


def imports_of(path: Path) -> set[str]:
    """Every module that a file imports, wherever in it: in functions and for type checkers too.

    `from rag.store import archive` counts as `rag.store.archive` where that is a module.
    """
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import, which this test cannot read"
            submodules = {f"{node.module}.{alias.name}" for alias in node.names} & PATHS.keys()
            found |= submodules
            if len(submodules) < len(node.names):
                found.add(str(node.module))
    return found


IMPORTS = {module: imports_of(path) for module, path in PATHS.items()}


def within(module: str, *packages: str) -> bool:
    return any(module == package or module.startswith(package + ".") for package in packages)


def breaches(modules, forbidden) -> list[str]:
    found = (f"{m} imports {name}" for m in modules for name in IMPORTS[m] if forbidden(m, name))
    return sorted(found)


def test_imports_are_read_wherever_they_stand() -> None:
    assert "rag.store.archive" in IMPORTS["rag.retrieval.retrieve"]
    assert "chromadb" in IMPORTS["rag.store.vector_index"]
    assert "rag.engine" in IMPORTS["rag"]


def test_rules_name_modules_that_exist() -> None:
    homes = {home for found in HOMES.values() for home in found}
    assert [home for home in homes if not any(fnmatch(module, home) for module in PATHS)] == []


def test_model_and_errors_import_the_standard_library_alone() -> None:
    allowed = {"__future__"} | sys.stdlib_module_names
    modules = ("rag.model", "rag.errors")
    assert breaches(modules, lambda _, name: name.split(".")[0] not in allowed) == []


def test_ingest_imports_of_rag_only_its_base() -> None:
    base = ("rag.model", "rag.errors", "rag.embed", "rag.store", "rag.text")
    modules = [module for module in PATHS if within(module, "ingest")]
    assert breaches(modules, lambda _, name: within(name, "eval")) == []
    strange = breaches(modules, lambda _, name: within(name, "rag") and not within(name, *base))
    assert strange == []


def test_rag_imports_neither_ingest_nor_eval_outside_its_faces() -> None:
    modules = [
        module for module in PATHS if within(module, "rag") and not within(module, "rag.app")
    ]
    assert breaches(modules, lambda _, name: within(name, "ingest", "eval")) == []


def test_faces_are_imported_by_faces_alone() -> None:
    """`rag` hands on the Python face; the command line of `eval` shows progress as all others."""
    doors = {"rag": {"rag.app.library"}}

    def forbidden(module: str, name: str) -> bool:
        allowed = doors.get(module, set())
        if within(module, "eval"):
            allowed = allowed | {"rag.app.progress"}
        return within(name, "rag.app") and name not in allowed

    assert breaches([m for m in PATHS if not within(m, "rag.app")], forbidden) == []


def test_scores_and_reports_need_no_archive_and_no_model() -> None:
    plain = ("rag.model", "rag.errors", "rag.validation", "rag.text")
    modules = [module for module in PATHS if within(module, "eval.scoring", "eval.report")]

    def forbidden(_: str, name: str) -> bool:
        heavy = within(
            name, "chromadb", "torch", "transformers", "llama_index", "tantivy", "ingest"
        )
        return heavy or (within(name, "rag") and not within(name, *plain))

    assert breaches(modules, forbidden) == []


@pytest.mark.parametrize("library", sorted(HOMES))
def test_each_heavy_library_has_one_home(library: str) -> None:
    strangers = [m for m in PATHS if not any(fnmatch(m, home) for home in HOMES[library])]
    assert breaches(strangers, lambda _, name: within(name, library)) == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Imports inside functions and for type checkers count: hidden circles are circles."""
    graph = {module: IMPORTS[module] & PATHS.keys() - {module} for module in PATHS}

    def reaches(start: str) -> bool:
        seen, left = set(), list(graph[start])
        while left:
            module = left.pop()
            if module not in seen:
                seen.add(module)
                left += graph[module]
        return start in seen

    assert [module for module in sorted(PATHS) if reaches(module)] == []


FOLDERS = sorted({path.parent for path in PATHS.values()})


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: module_of(path / "__init__.py"))
def test_a_room_names_every_module_in_it(folder: Path) -> None:
    doc = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))) or ""
    modules = [path.stem for path in folder.glob("*.py") if path.stem != "__init__"]
    rooms = [path.parent.name for path in folder.glob("*/__init__.py")]
    assert [name for name in modules + rooms if name not in re.findall(r"\w+", doc)] == []
    assert len(modules) <= MOST_MODULES


@pytest.mark.parametrize(
    "statement",
    [
        "import rag, ingest, eval",
        "import rag.model, rag.errors, rag.quotes, rag.embed, rag.verify, rag.answer",
        "import rag.store.archive, rag.retrieval.retrieve",
        "from rag import open_archive, Engine, Answer, Quote",
        "from ingest import ingest",
    ],
)
def test_importing_loads_nothing_heavy(statement: str) -> None:
    light = {"from ingest import ingest": {"lxml"}}.get(statement, set())
    names = "{name.split('.')[0] for name in sys.modules}"
    script = f"{statement}\nimport sys\nprint(*sorted({HEAVY - light!r} & {names}))"
    command = [sys.executable, "-c", script]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
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
