"""The man page, section 1, in roff; for groff and mandoc (cli.md)."""

from __future__ import annotations

from forgewatch.cli.pages import Argument, Page

_LITERAL = str.maketrans({"\\": r"\(rs", "-": r"\-", "'": r"\(aq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti", '"': r"\(dq"})


def man_page(top: Page, version: str) -> str:
    """Return the man page of the command `top` and all its verbs. Every character is shown as it is, never as a typographic cousin."""
    return "\n".join(
        [
            r".\" Rendered from the table of commands: python -m tests.rendered",
            f'.TH {roff(top.place.upper())} 1 "" "{roff(version)}" "User Commands"',
            # No hyphen and no space that is not ours: what is shown can be copied.
            ".nh",
            ".ad l",
            ".SH NAME",
            rf"{roff(top.place)} \- {roff(top.help[:1].lower() + top.help[1:].rstrip('.'))}",
            ".SH SYNOPSIS",
            rf"\fB{roff(top.place)}\fR \fICOMMAND\fR [\fIOPTION\fR|\fIOPERAND\fR]...",
            ".SH OPTIONS",
            *_described(top.options),
            ".PP",
            rf"Every command has \fB{roff('--help')}\fR.",
            ".SH COMMANDS",
            *(line for page in top.all() if page is not top for line in (_noun(page) if page.verbs else _command(page))),
            ".SH EXIT STATUS",
            roff(top.exits),
            "",
        ]
    )


def roff(text: str) -> str:
    """Return `text` so that it is text wherever a line begins with it, also one that looks like a request."""
    literal = "".join(char if char.isascii() else rf"\[u{ord(char):04X}]" for char in text.translate(_LITERAL))
    return rf"\&{literal}" if literal.startswith(".") else literal


def _noun(page: Page) -> list[str]:
    """What holds for all verbs of a noun; they stand behind it."""
    return [f'.SS "{roff(page.place)}"', roff(page.exits)] if page.exits else []


def _command(page: Page) -> list[str]:
    own = [option for option in page.options if "--help" not in option.words]
    exits = [".PP", roff(page.exits)] if page.exits else []
    return [
        f'.SS "{roff(page.place)}"',
        rf"\fB{roff(page.place)}\fR",
        *(_synopsis(argument) for argument in (*own, *page.operands)),
        ".PP",
        roff(f"{page.help[:1].upper()}{page.help[1:]}."),
        *_described((*own, *page.operands)),
        *exits,
    ]


def _synopsis(argument: Argument) -> str:
    written = _written(argument.words[-1:], argument) + ("..." if argument.many else "")
    return f"[{written}]" if argument.optional else written


def _described(arguments: tuple[Argument, ...]) -> list[str]:
    return [line for argument in arguments for line in (".TP", _written(argument.words, argument), roff(argument.help) or r"\&")]


def _written(words: tuple[str, ...], argument: Argument) -> str:
    """Return the words in bold and the value in italics; choices are written as they are typed."""
    # A line may be broken between two of them: many choices are wider than a page.
    value = r"|\:".join(rf"\fB{roff(choice)}\fR" for choice in argument.choices) or rf"\fI{roff(argument.value)}\fR"
    named = ", ".join(rf"\fB{roff(word)}\fR" for word in words)
    return " ".join(part for part in (named, value if argument.value else "") if part)
