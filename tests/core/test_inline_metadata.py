"""What a script declares in itself is read as PEP 723 says, and nothing else is believed."""

from __future__ import annotations

import pytest

from forgewatch.core.inline_metadata import inline_dependencies

SCRIPT = """#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "requests<3",
#   "Rich_Text",
# ]
#
# ///
import requests
"""


def test_the_names_of_the_block_are_declared() -> None:
    assert inline_dependencies(SCRIPT) == {"requests", "rich-text"}


@pytest.mark.parametrize(
    "text",
    [
        "import requests\n",
        SCRIPT + SCRIPT,
        SCRIPT.replace("# ///\nimport", "import"),
        SCRIPT.replace("/// script", "/// other"),
        SCRIPT.replace("#   ", "   "),
        SCRIPT.replace("]", ""),
        SCRIPT.replace("dependencies", "depends"),
        "# /// script\n# dependencies = 'requests'\n# ///\n",
        "# /// script\n# dependencies = [3, '???']\n# ///\n",
        "# /// script\n# a = " + "[" * 5000 + "\n# ///\n",
        "# /// script\n# dependencies = ['requests']\n" + "#\n" * 65_536 + "# ///\n",
        "x = '# /// script'\n# dependencies = ['requests']\n# ///\n",
    ],
)
def test_anything_else_declares_nothing(text: str) -> None:
    assert inline_dependencies(text) == frozenset()
