"""Which changed files hold imports, and in which language (checks.md A9)."""

from __future__ import annotations

import re

EXTRA = "forgewatch[polyglot]"
NO_EXTRA = f"{EXTRA} is not installed"
"""What to install for the grammars of other languages than Python."""

_PYTHON = (".py", ".pyw", ".pyi")
_SHEBANG = re.compile(rb"#!.{0,120}(?:python|\buv[ \t]+run\b)")
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
    return ("." not in path.rpartition("/")[2] or path.lower().endswith(_SCRIPTS)) and _SHEBANG.match(raw) is not None


def grammar_of(path: str) -> str | None:
    """Return the name of the grammar of a file that the extra can read, None for other files, Python among them."""
    return _GRAMMARS.get(_suffix(path))


def language_of(path: str) -> tuple[str, str] | None:
    """Return (suffix, language) of a source file in a language other than Python, None for other files."""
    suffix = _suffix(path)
    return (suffix, _LANGUAGES[suffix]) if suffix in _LANGUAGES else None


def _suffix(path: str) -> str:
    _, dot, suffix = path.rpartition("/")[2].rpartition(".")
    return dot + suffix
