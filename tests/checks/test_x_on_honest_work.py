"""No further check warns about work as honest builders do it. A warning that most cycles bring is one that nobody reads."""

from __future__ import annotations

import pytest

from forgewatch.core.places import FORGE
from forgewatch.core.python_imports import extract_imports
from forgewatch.core.routes import extract_routes
from forgewatch.core.values import Content, Phase, RepoPath
from forgewatch.wiring.checks import CHECKS
from tests.support.callers import wiring_of
from tests.support.snapshots import snapshot, written

Files = tuple[tuple[str, str | None, str | None], ...]
ROUTER = "from fastapi import APIRouter\n\nrouter = APIRouter()\n\n\n@router.get('/users')\ndef users():\n    return []\n"
MORE = f"{ROUTER}\n\n@router.post('/users')\ndef add():\n    return 1\n"
MODEL = (
    "\n\nclass UserIn(BaseModel):\n    name: str\n\n\n@router.post('/users')\n"
    "def add(user: UserIn, db: Session = Depends(session)):\n    return 1\n"
)
TEST = "def test_a():\n    assert True\n"
PHYSICS = "paths:\n  /users:\n    get:\n"
PLAN = (
    "## Phase 0 -- Genesis\n- frame\n## Phase 1 -- Users\n- `UserRepo` (`app/repos/user_repo.py`), `find_user()`, `mail_client.py`\n"
    "- `user_service.py`\n## Phase 2 -- Screens\n- Wire `show_users()` to call `UserRepo.all()`\n"
    "**Acceptance**\n- `show_users()` shows all\n"
    "## Phase 3 -- Trades\n- `TradeRepo` and its screen\n## Phase 4 -- Ship\n- docs\n"
)
STANDING = {
    "app/repos/__init__.py": "from app.repos.user_repo import UserRepo\n\n__all__ = ['UserRepo']\n",
    "app/repos/user_repo.py": "class UserRepo:\n    def all(self):\n        return []\n\n\ndef find_user(key):\n    return _row(key)\n\n\n"
    "def _row(key):\n    return key\n",
    "app/repos/trade_repo.py": "class TradeRepo:\n    pass\n",
    "app/services/user_service.py": "class UserService:\n    def __init__(self, repo: 'UserRepo'):\n        self.repo = repo\n\n\n"
    "def users():\n    from app.repos import UserRepo\n    return UserService(UserRepo())\n",
    "app/clients/mail_client.py": "class MailClient:\n    def post(self, text):\n        return text\n",
    "app/settings.toml": "mailer = 'app.clients.mail_client:MailClient'\n",
    "app/screens.py": "from fastapi import Depends\n\nfrom app.repos.user_repo import find_user as find\n"
    "from app.services import user_service\n\n\n"
    "def show_users(service=Depends(user_service.users)):\n    return [find(user) for user in service.repo.all()]\n",
}
"""What is there since earlier phases and does not change: a repository with a service, a client that a setting names, a repository whose
screen is a later phase's."""

SHAPES: dict[str, Files] = {
    "a feature with its test and its contract": (
        ("app/users.py", ROUTER, MORE),
        ("tests/test_users.py", TEST, f"{TEST}\n\ndef test_add():\n    assert True\n"),
        ("Forge/Contracts/physics.yaml", PHYSICS, f"{PHYSICS}    post:\n"),
    ),
    "a new field with its declaration": (
        ("app/users.py", ROUTER + MODEL, ROUTER + MODEL.replace("name: str", "name: str\n    mail: str")),
        ("tests/test_users.py", TEST, f"{TEST}\n\ndef test_add():\n    assert True\n"),
        ("Forge/Contracts/physics.yaml", PHYSICS, f"{PHYSICS}    post:\n      request:\n        name: string\n        mail: string\n"),
    ),
    "a fix with its test": (
        ("app/a.py", "def f():\n    return 1\n", "def f():\n    return 2\n"),
        ("tests/test_a.py", TEST, TEST.replace("True", "f() == 2")),
    ),
    "a new module": (("app/b.py", None, "def g():\n    return 1\n"), ("tests/test_b.py", None, TEST)),
    "documentation": (("README.md", "a\n", "a\nb\n"), ("docs/use.md", None, "Say `# type: ignore`.\n")),
    "a setting": (("app/settings.py", "LIMIT = 1\n", "LIMIT = 2\n"),),
    "a version of a dependency": (("requirements.txt", "fastapi==0.110\n", "fastapi==0.115\n"),),
    "a comment and a docstring": (("app/a.py", "def f():\n    return 1\n", 'def f():\n    """Say."""\n    # one\n    return 1\n'),),
    "code that moves": (("app/a.py", "def f():\n    return 1\n", None), ("app/c.py", None, "def f():\n    return 1\n")),
    "code that goes": (("app/a.py", "def f():\n    return 1\n\n\ndef g():\n    return 2\n", "def f():\n    return 1\n"),),
    "only tests": (("tests/test_a.py", TEST, f"{TEST}\n\ndef test_b():\n    assert True\n"),),
    "workflow and style": (
        (".github/workflows/ci.yml", None, "steps:\n  - run: pytest\n"),
        ("a.css", "a{}\n", "a { }\n"),
    ),
    "a web page": (("web/a.ts", "f()\n", "f()\ng()\n"), ("web/a.test.ts", None, "it('goes', () => {})\n")),
    "scripts of the toolkit": (("Forge/scripts/run_tests.ps1", None, "\ufeffexit 0\r\n"), ("Forge/scripts/tool.py", None, "run()\n")),
    "evidence": (("Forge/evidence/test_runs.md", "run 1\n", "run 1\nrun 2\n"),),
    "nothing": (),
}


@pytest.mark.parametrize("phase", ["Phase 1 -- Users", "Phase 2 -- Screens", "Phase 3", "unknown"])
@pytest.mark.parametrize("shape", SHAPES)
def test_honest_work_of_any_shape_brings_no_warning(shape: str, phase: str) -> None:
    files = SHAPES[shape]
    now: dict[str, str] = {"app/users.py": ROUTER, **{path: after for path, _, after in files if after is not None}}
    documents: dict[RepoPath, Content] = {
        FORGE.physics: now.get("Forge/Contracts/physics.yaml", PHYSICS).encode(),
        FORGE.phases: PLAN.encode(),
        FORGE.schema: b"## Tables\n### users\n",
        FORGE.directives[0]: b"# Directive\n\nBuild users.\n",
        RepoPath("requirements.txt"): now.get("requirements.txt", "fastapi==0.110\n").encode(),
    }
    before = {**documents, FORGE.physics: PHYSICS.encode(), RepoPath("requirements.txt"): b"fastapi==0.110\n"}
    python = {RepoPath(path): text.encode() for path, text in now.items() if path.endswith(".py")}
    work = snapshot(
        **{
            **written(*files),
            "phase": Phase(phase),
            "documents": documents,
            "base_documents": before,
            "routes": {path: extract_routes(path, raw) for path, raw in python.items()},
            "wiring": wiring_of({**STANDING, **now}, [PLAN], phase),
            "sources": {path: extract_imports(path, raw) for path, raw in python.items()},
        }
    )
    assert phase == "unknown" or (work.wiring.judged > 0) is (phase != "Phase 1 -- Users")
    rulings = {check.code: check.judge(work) for check in CHECKS if check.code.startswith("X-")}
    assert {code: ruling.findings for code, ruling in rulings.items() if ruling.findings} == {}
