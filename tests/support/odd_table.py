"""A command with everything in its words that a shell or roff could take for something else."""

from __future__ import annotations

import argparse

from forgewatch.cli.pages import Page, read_page

ODD_CHOICES = ("it's", "$HOME", "two words", "a:b", "back\\slash", "`id`", "#x", "(y)", "*")
ODD_HELP = ".TH 'quoted' \"twice\" \\fB [a] b: $HOME `touch pwned` $(touch pwned) -- ~ ^ 100%% %%(verbs)s {verbs} é"


def odd_page() -> Page:
    """Return its page: a verb that is hidden, one that is not, an option with odd choices, an operand with plain ones."""
    parser = argparse.ArgumentParser("forgewatch", description=ODD_HELP.replace("%%", "%"))
    verbs = parser.add_subparsers()
    verbs.add_parser("hidden")
    odd = verbs.add_parser("odd", help=ODD_HELP.replace("%%", "%"))
    odd.add_argument("--pick", choices=ODD_CHOICES, help=ODD_HELP)
    odd.add_argument("-x", metavar="FILE", help=ODD_HELP)
    odd.add_argument("side", choices=("left", "right"))
    odd.add_argument("rest", nargs="+", metavar="FILE")
    return read_page(parser, ("forgewatch",))
