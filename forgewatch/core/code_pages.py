"""The page of one finding code, as plain text and as Markdown: `explain`, the help of a SARIF rule, docs/codes.md. Pure, and all ours:
no builder string is in it."""

from __future__ import annotations

import re
from textwrap import indent

from forgewatch.core.catalogue import CodeDoc

_CODE_SPAN = re.compile(r"(`[^`]*`)")
_MARKS = re.compile(r"[\\*_<\[\]]")


def code_page(doc: CodeDoc) -> str:
    """Return the page as plain text: what the code means, a good and a bad example, how to mend it."""
    parts = (("means", doc.means), ("good", doc.good), ("bad", doc.bad), ("fix", doc.fix))
    return "\n".join([code_title(doc), *(f"  {name}:\n{indent(text, '    ')}" for name, text in parts)])


def code_title(doc: CodeDoc) -> str:
    """Return the first line of the page."""
    return f"{doc.code} {doc.title}" + (" (a note, never a failure)" if doc.note else "")


def code_markdown(doc: CodeDoc) -> str:
    """Return the page as Markdown, without its title: the examples as they are, in code blocks, and nothing in the prose is markup."""
    examples = (part for name, text in (("Good", doc.good), ("Bad", doc.bad)) for part in (f"{name}:", f"```text\n{text}\n```"))
    return "\n\n".join([prose(doc.means), *examples, f"Fix: {prose(doc.fix)}"])


def prose(text: str) -> str:
    """Return plain text as Markdown that shows it; only code spans stay what they are."""
    parts = _CODE_SPAN.split(text)
    return "".join(part if number % 2 else _MARKS.sub(r"\\\g<0>", part) for number, part in enumerate(parts))
