"""Which changed files hold imports, and in which language (checks.md A9)."""

from __future__ import annotations

import re

EXTRA = "forgewatch[polyglot]"
NO_EXTRA = f"{EXTRA} is not installed"
"""What to install for the grammars of other languages than Python."""

_PYTHON = (".py", ".pyw", ".pyi")
_SHEBANG = re.compile(rb"#!.{0,120}(?:python|\buv[ \t]+run\b)")
_RUN_BY = re.compile(rb"#!.{0,120}\b(node|bun|deno|tsx|ts-node)\b")
_SCRIPTS = (".sh", ".bash", ".cgi", ".command")
"""Suffixes of programs that say in their first line by what they are run; templates and data may begin with such a line, too."""
_NAMED = (
    ("TypeScript", ".ts .tsx .mts .cts"),
    ("JavaScript", ".js .jsx .mjs .cjs"),
    ("C", ".c .h .cc .cpp .hpp .m"),
    ("Go", ".go"),
    ("Rust", ".rs"),
    ("Java", ".java"),
    ("Kotlin", ".kt"),
    ("Scala", ".scala"),
    ("Ruby", ".rb"),
    ("PHP", ".php"),
    ("C#", ".cs"),
    ("Swift", ".swift"),
    ("Dart", ".dart"),
    ("Elixir", ".ex .exs"),
    ("Julia", ".jl"),
    ("Vue", ".vue"),
    ("Svelte", ".svelte"),
    ("notebook", ".ipynb"),
)
_GRAMMARS = {
    **dict.fromkeys((".ts", ".mts", ".cts"), "typescript"),
    ".tsx": "tsx",
    **dict.fromkeys((".js", ".jsx", ".mjs", ".cjs"), "javascript"),
    ".go": "go",
}
_LANGUAGES = {suffix: language for language, suffixes in _NAMED for suffix in suffixes.split()}


def is_python(path: str, raw: bytes = b"") -> bool:
    """True for a Python file by its name, or, for a name without suffix or that of a script, by the first line of its bytes."""
    if path.lower().endswith(_PYTHON):
        return True
    return (not has_suffix(path) or path.lower().endswith(_SCRIPTS)) and _SHEBANG.match(raw) is not None


def grammar_of(path: str, raw: bytes = b"") -> str | None:
    """Return the name of the grammar of a file that the extra can read, None for other files, Python among them.

    A name without suffix is known by the first line of its bytes, which names what runs it.
    """
    runner = _runner(path, raw)
    return _GRAMMARS.get(_suffix(path)) if not runner else "javascript" if runner == "node" else "typescript"


def language_of(path: str, raw: bytes = b"") -> tuple[str, str] | None:
    """Return (suffix, language) of a source file in a language other than Python, None for other files; `#!node` for a suffix."""
    suffix, runner = _suffix(path), _runner(path, raw)
    if runner:
        return f"#!{runner}", "JavaScript" if runner == "node" else "TypeScript"
    return (suffix, _LANGUAGES[suffix]) if suffix in _LANGUAGES else None


def has_suffix(path: str) -> bool:
    """True for a name that says by its suffix what the file is."""
    return "." in path.rpartition("/")[2]


def _runner(path: str, raw: bytes) -> str:
    found = None if has_suffix(path) else _RUN_BY.match(raw)
    return found.group(1).decode() if found else ""


def _suffix(path: str) -> str:
    _, dot, suffix = path.rpartition("/")[2].rpartition(".")
    return dot + suffix
