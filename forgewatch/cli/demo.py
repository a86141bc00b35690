"""`init --demo`: a small governed project in a new folder, committed, whose tests run with Python alone."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from pathlib import Path

from forgewatch.adapters.scaffold import make_file
from forgewatch.cli.made import Deed, Deeds, Made
from forgewatch.cli.skeleton import create_missing
from forgewatch.core.errors import EnvironmentFault, UsageError
from forgewatch.core.places import FORGE, LOCK_RECORD

_BOUNDARIES = {
    "layers": [
        {
            "name": "routers",
            "glob": "app/api/routers/*.py",
            "description": "HTTP only: parse the request, call a service, return the response",
            "forbidden": [
                {"pattern": "sqlite3", "reason": "the database belongs to the repos layer"},
                {"pattern": r"\bSELECT\b.*\bFROM\b", "reason": "SQL belongs to the repos layer"},
            ],
        }
    ],
    "known_violations": [],
}

_FILES: dict[str, str] = {
    "forge.json": json.dumps(
        {
            "project_name": "notes",
            "backend": {
                "language": "python",
                "entry_module": "app.main",
                "test_framework": "unittest",
                "test_dir": "tests",
                "dependency_file": "requirements.txt",
            },
        },
        indent=2,
    )
    + "\n",
    "requirements.txt": "# Nothing yet: the sample runs with the standard library. Every third-party import must be declared here (A9).\n",
    "Forge/Contracts/boundaries.json": json.dumps(_BOUNDARIES, indent=2) + "\n",
    "Forge/Contracts/physics.yaml": (
        "paths:\n  /notes:\n    get:\n      summary: list all notes\n    post:\n      summary: add a note\n"
        "  /notes/{id}:\n    get:\n      summary: one note\n"
    ),
    "Forge/Contracts/directive.md": "# Directive\n\nAEM: enabled\n\nPhase 1 -- Notes: deleting a note.\n",
    "Forge/Contracts/blueprint.md": "# Blueprint\n\nNotes are listed, added and read over HTTP.\n",
    "Forge/Contracts/manifesto.md": (
        "# Manifesto\n\nA note is never lost without being asked for.\n\n"
        "## Confirm-before-write\n\nDeleting a note is confirmed; adding one is exempt.\n\n"
        "## Citations and attribution\n\nA note is shown as it was written, and nothing is added to it.\n"
    ),
    "Forge/Contracts/stack.md": "# Stack\n\nPython, standard library, unittest. No frontend.\n",
    "Forge/Contracts/schema.md": "# Schema\n\n| table | columns |\n|---|---|\n| notes | id, text |\n",
    "Forge/Contracts/phases.md": "# Phases\n\n## Phase 1 -- Notes\n\nDelete a note.\n",
    "app/__init__.py": "",
    "app/web.py": (
        '"""As much of a web framework as this sample needs."""\n\n\nclass APIRouter:\n    """Keeps handlers by method and path."""\n\n'
        "    def __init__(self):\n        self.handlers = {}\n\n"
        "    def get(self, path):\n        return self._add('GET', path)\n\n"
        "    def post(self, path):\n        return self._add('POST', path)\n\n"
        "    def delete(self, path):\n        return self._add('DELETE', path)\n\n"
        "    def _add(self, method, path):\n        def keep(handler):\n            self.handlers[method, path] = handler\n"
        "            return handler\n\n        return keep\n"
    ),
    "app/api/__init__.py": "",
    "app/api/routers/__init__.py": "",
    "app/api/routers/notes.py": (
        "from app.services import notes\nfrom app.web import APIRouter\n\nrouter = APIRouter()\n\n\n"
        "@router.get('/notes')\ndef list_notes():\n    return notes.all_notes()\n\n\n"
        "@router.post('/notes')\ndef add_note(text):\n    return notes.add(text)\n\n\n"
        "@router.get('/notes/{id}')\ndef one_note(id):\n    return notes.one(id)\n"
    ),
    "app/services/__init__.py": "",
    "app/services/notes.py": (
        "_notes = {}\n\n\ndef all_notes():\n    return [{'id': id, 'text': text} for id, text in sorted(_notes.items())]\n\n\n"
        "def add(text):\n    id = max(_notes, default=0) + 1\n    _notes[id] = text\n    return {'id': id, 'text': text}\n\n\n"
        "def one(id):\n    return {'id': id, 'text': _notes[id]}\n"
    ),
    "app/main.py": (
        "from app.api.routers.notes import router\n\n"
        "if __name__ == '__main__':\n    print('\\n'.join(' '.join(key) for key in router.handlers))\n"
    ),
    "tests/__init__.py": "",
    "tests/test_notes.py": (
        "import unittest\n\nfrom app.api.routers import notes\n\n\nclass Notes(unittest.TestCase):\n"
        "    def test_an_added_note_is_listed(self):\n        added = notes.add_note('milk')\n"
        "        self.assertIn(added, notes.list_notes())\n        self.assertEqual(notes.one_note(added['id']), added)\n"
    ),
    ".gitignore": f"__pycache__/\n*.pyc\n.env\n{LOCK_RECORD}\n",
}


def make(folder: Path) -> tuple[Path, Deeds]:
    """Make the sample in `folder`, which must be new or empty, and commit it. Return its root and what was made."""
    git = shutil.which("git")
    if git is None:
        raise EnvironmentFault("git is not on PATH", "install git")
    root = folder.absolute()
    if root.exists() and any(root.iterdir()):
        raise UsageError(f"{root}: expected a new or empty folder, found files in it", "name another folder")
    root.mkdir(parents=True, exist_ok=True)
    files = {path: text.encode() for path, text in _FILES.items()}
    for path, data in files.items():
        make_file(root, path, data)
    _git(git, root, "init", "--quiet", "--initial-branch=main")
    rest = (made for made in create_missing(root, FORGE) if made.deed is Deed.CREATED and not made.path.endswith("/"))
    made = (*(Made(Deed.CREATED, path) for path in files), *(Made(Deed.CREATED, one.path) for one in rest))
    _git(git, root, "add", "--all")
    _git(git, root, "commit", "--quiet", "--message=A small governed project")
    return root, Deeds(made, next=(f"forgewatch watch {shlex.quote(str(root))}",))


def _git(git: str, root: Path, *args: str) -> None:
    who = ("-c", "user.name=demo", "-c", "user.email=demo@localhost", "-c", "commit.gpgsign=false", "-c", "core.hooksPath=/dev/null")
    environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(root), "LC_ALL": "C", "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run([git, *who, *args], cwd=root, env=environment, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        raise EnvironmentFault(f"git {args[0]} failed in {root} with status {done.returncode}", "run it by hand to see why")
