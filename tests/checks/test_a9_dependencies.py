"""A9: every import of a changed file is explained by the standard library, the repository or a manifest, and by nothing else."""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import replace
from typing import Any

import pytest

from forgewatch.checks.a9_dependencies import judge
from forgewatch.core.catalogue_a9 import CODES
from forgewatch.core.facts import Import, SourceFacts
from forgewatch.core.limits import LIMITS
from forgewatch.core.python_imports import extract_imports
from forgewatch.core.snapshot import Change, ChangeKind, Entry, PathTable, Snapshot
from forgewatch.core.source_kinds import grammar_of
from forgewatch.core.values import Absent, Oid, RepoPath, Unreadable
from forgewatch.core.verdict import Fault, Finding, Ruling
from tests.support.snapshots import deleted, entry, modified, oid, snapshot, untracked

FORGE = json.dumps({"backend": {"language": "python", "test_dir": "tests", "dependency_file": "requirements.txt"}})
PLAIN = json.dumps({"backend": {"language": "python"}})


class Repository:
    """A repository told as texts: what stands in HEAD, what changed, what the manifests say."""

    def __init__(self, requirements: str | None = "fastapi==0.110\n", forge: str | None = FORGE) -> None:
        self.files: dict[str, str] = {"app/__init__.py": "", "app/a.py": ""}
        self.changed: dict[str, str] = {}
        self.documents: dict[str, Any] = {}
        self.base: dict[str, Any] = {}
        self.parts: dict[str, Any] = {}
        if requirements is not None:
            self.documents["requirements.txt"] = requirements.encode()
        if forge is not None:
            self.documents["forge.json"] = self.base["forge.json"] = forge.encode()

    def has(self, *paths: str) -> Repository:
        self.files.update(dict.fromkeys(paths, ""))
        return self

    def changes(self, path: str, source: str) -> Repository:
        self.changed[path] = source
        return self

    def says(self, path: str, text: str | bytes | Unreadable) -> Repository:
        self.documents[path] = text.encode() if isinstance(text, str) else text
        return self

    def snapshot(self) -> Snapshot:
        changes = [modified(path) if path in self.files else untracked(path) for path in self.changed]
        documents = {RepoPath(path): content for path, content in self.documents.items()}
        base = {RepoPath(path): entry(f"{path} before") for path in (*self.files, *self.documents)}
        values: dict[str, Any] = {
            "paths": PathTable(base, {change.path: change.after for change in changes}),
            "documents": documents,
            "base_documents": {RepoPath(path): content for path, content in self.base.items()},
            "sources": {
                RepoPath(path): extract_imports(RepoPath(path), text.encode())
                for path, text in self.changed.items()
                if not grammar_of(path)
            },
            "contents": {oid(f"{path} after"): text.encode() for path, text in self.changed.items()},
        }
        return snapshot(*changes, **{**values, **self.parts})

    def ruled(self) -> Ruling:
        return judge(self.snapshot())

    def codes(self) -> list[str]:
        return [finding.code for finding in self.ruled().findings]


def app(source: str, requirements: str | None = "fastapi==0.110\n", forge: str | None = FORGE) -> Repository:
    return Repository(requirements, forge).changes("app/a.py", source)


def only(ruling: Ruling) -> Finding:
    (finding,) = ruling.findings
    return finding


@pytest.mark.req("S002-10.7-A9", "S002-9.4-1")
def test_an_import_without_a_declaration_fails_and_states_both_sides() -> None:
    finding = only(app("import os\n\nimport requests\n").ruled())
    assert (finding.code, finding.path, finding.line) == ("A901", "app/a.py", 3)
    assert finding.message == "import requests is not declared: expected requests in requirements.txt"
    assert (finding.expected, finding.actual) == ("requests in requirements.txt", "not declared")


@pytest.mark.req("S002-9.4-1")
def test_an_import_declared_in_the_same_cycle_passes() -> None:
    ruling = app("import requests\nfrom fastapi import APIRouter\n", "fastapi\nrequests>=2\n").ruled()
    assert ruling == Ruling(basis="2 imports declared, 1 Python file changed")


def test_the_standard_library_and_the_repository_need_no_declaration() -> None:
    repository = app("import os.path, json, __future__, zoneinfo\nimport app\nfrom app.b import c\nfrom . import d\nfrom .. import tests\n")
    assert repository.ruled().basis == "0 imports declared, 1 Python file changed"
    assert repository.codes() == []


@pytest.mark.parametrize(
    "declared", ["req", "requests-oauthlib", "# requests", "-c requests", "requestsx", "my-requests", "--hash=requests"]
)
def test_a_name_that_only_resembles_the_distribution_declares_nothing(declared: str) -> None:
    assert "A901" in app("import requests\n", f"fastapi\n{declared}\n").says("requests", "").codes()


@pytest.mark.parametrize(
    ("source", "declared"),
    [
        ("import yaml", "PyYAML>=6"),
        ("from PIL import Image", "Pillow"),
        ("import cv2", "opencv-python-headless"),
        ("import jwt", "pyjwt[crypto]==2.8"),
        ("from google.cloud import storage", "google-cloud-storage"),
        ("from google.protobuf import message", "protobuf"),
        ("import flask_sqlalchemy", "Flask.SQLAlchemy"),
        ("import psycopg2.extras", "psycopg2-binary ; python_version < '4'"),
        ("from zope.interface import implementer", "zope.interface"),
        ("import importlib\nimportlib.import_module('sklearn.svm')", "scikit_learn"),
    ],
)
def test_an_import_is_declared_by_the_distribution_that_brings_it(source: str, declared: str) -> None:
    assert app(f"{source}\n", f"{declared}\n").codes() == []


def test_one_namespace_package_does_not_declare_another() -> None:
    ruling = app("from google.cloud import storage, bigquery\n", "google-cloud-storage\n").ruled()
    assert [finding.expected for finding in ruling.findings] == ["google-cloud-bigquery in requirements.txt"]


def test_a_dynamic_import_of_a_constant_is_an_import() -> None:
    assert app("__import__('requests')\n").codes() == ["A901"]


def test_the_operators_map_decides_first() -> None:
    repository = app("import acme_core.db\n", "acme-internal\n")
    assert repository.codes() == ["A901"]
    repository.parts["import_names"] = (("acme_core", "Acme_Internal"),)
    assert repository.codes() == []


def test_the_environment_of_the_daemon_explains_nothing() -> None:
    assert app("import pytest, hypothesis, structlog\n").codes() == ["A901"] * 3


def test_no_source_changed_is_no_import_to_judge() -> None:
    assert Repository().ruled() == Ruling(basis="no imports to judge")
    assert Repository().changes("README.md", "").ruled().basis == "no imports to judge"
    assert judge(snapshot(deleted("app/a.py"))).basis == "no imports to judge"


def test_only_other_languages_is_not_applicable_and_beside_python_a_note() -> None:
    other = Repository().changes("web/app.ts", "import x from 'y'").changes("main.go", "")
    told = "imports of .go (Go), .ts (TypeScript) files are not judged: forgewatch[polyglot] is not installed"
    assert other.ruled() == Ruling(basis=told, applicable=False)
    rust = Repository().changes("a.rs", "").changes("web/app.ts", "").ruled()
    told = "imports of .ts (TypeScript) files are not judged: forgewatch[polyglot] is not installed; imports of .rs (Rust) files are"
    assert rust == Ruling(basis=f"{told} not judged yet", applicable=False)
    mixed = other.changes("app/a.py", "import os\n").ruled()
    assert (mixed.findings, [note.code for note in mixed.notes]) == ((), ["A908"])
    assert mixed.basis.startswith("0 imports declared, 1 Python file changed; imports of .go (Go), .ts (TypeScript) files are not judged")
    notebook = Repository().changes("look.ipynb", "{}").changes("app/a.py", "import os\n").ruled()
    assert notebook.basis.endswith("; imports of .ipynb (notebook) files are not judged yet")


def test_a_syntax_error_is_a_finding_with_its_line() -> None:
    finding = only(app("import os\ndef f(:\n").ruled())
    assert (finding.code, finding.path, finding.line) == ("A905", "app/a.py", 2)
    assert (finding.expected, finding.actual) == ("a file that parses", "line 2: invalid syntax")
    assert finding.message == "app/a.py does not parse: line 2: invalid syntax"


PYTHON = '[project]\nname = "a"\nrequires-python = "{}"\n'


def test_a_file_for_a_newer_python_than_ours_could_not_be_judged() -> None:
    ahead = sys.version_info.minor + 1
    ruling = app("def f(:\n").says("pyproject.toml", PYTHON.format(f">=3.{ahead}")).ruled()
    assert ruling == Fault(
        f"the imports of app/a.py are unknown: its syntax needs Python >= 3.{ahead}, and forgewatch runs on 3.{sys.version_info.minor}"
    )
    forge = json.dumps({"backend": {"version": f"3.{ahead}", "dependency_file": "requirements.txt"}})
    assert isinstance(app("def f(:\n", forge=forge).ruled(), Fault)


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="this Python reads it")
@pytest.mark.parametrize("source", ["import os\n\ntype X = int\nx = 1\n", "import os\n\ntype X = int"])
def test_newer_syntax_is_known_by_the_line_where_it_stands(source: str) -> None:
    assert isinstance(app(source).says("pyproject.toml", PYTHON.format(">=3.9")).ruled(), Fault)


def test_a_file_for_a_newer_python_excuses_no_other_file() -> None:
    repository = app("def f(:\n").says("pyproject.toml", PYTHON.format(f">=3.{sys.version_info.minor + 1}"))
    ruling = repository.changes("app/b.py", "import requests\n").ruled()
    assert ([found.code for found in ruling.findings], [(note.code, note.path) for note in ruling.notes]) == (
        ["A901"],
        [("A914", "app/a.py")],
    )


def test_every_file_for_a_newer_python_is_named() -> None:
    repository = app("def f(:\n").says("pyproject.toml", PYTHON.format(f">=3.{sys.version_info.minor + 1}"))
    ruling = repository.changes("app/b.py", "def f(:\n").ruled()
    assert isinstance(ruling, Fault)
    assert [part.split(":")[0] for part in ruling.why.split("; ")] == [
        "the imports of app/a.py are unknown",
        "the imports of app/b.py are unknown",
    ]


def test_a_file_that_no_python_reads_fails_whatever_the_project_allows() -> None:
    for allowed in (">=3.8", "<3.10", "==3.11.*"):
        assert app("def f(:\n").says("pyproject.toml", PYTHON.format(allowed)).codes() == ["A905"], allowed
    assert app("x = 1\n\n\x00\n").codes() == ["A905"]
    assert app("# coding: utf-7\n").codes() == ["A905"]


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="this Python reads it")
def test_newer_syntax_in_a_project_that_allows_it_could_not_be_judged() -> None:
    for source in ("type X = int\n", "def f[T](x: T) -> T: return x\n", 'x = f"{d["a"]}"\n'):
        assert isinstance(app(source).says("pyproject.toml", PYTHON.format(">=3.9")).ruled(), Fault), source
        assert app(source).says("pyproject.toml", PYTHON.format(">=3.9,<3.12")).codes() == ["A905"], source


@pytest.mark.parametrize("facts", [Unreadable("is over the limit of 8388608 bytes"), None])
def test_a_changed_python_file_that_was_not_read_is_a_finding(facts: Unreadable | None) -> None:
    repository = app("import os\n")
    repository.parts["sources"] = {RepoPath("app/a.py"): facts} if facts else {}
    assert repository.codes() == ["A906"]


def test_a_defect_without_a_line_is_a_finding_without_a_line() -> None:
    repository = app("")
    repository.parts["sources"] = {RepoPath("app/a.py"): SourceFacts(defect="expected at most 8388608 bytes, found 9000000")}
    assert only(repository.ruled()).line is None


def test_a_script_without_suffix_is_python_by_its_first_line() -> None:
    assert Repository().changes("bin/tool", "#!/usr/bin/env python3\nimport requests\n").codes() == ["A901"]
    assert Repository().changes("bin/tool", "#!/bin/sh\nimport requests\n").ruled().basis == "no imports to judge"


def test_a_symbolic_link_a_staged_change_and_unknown_bytes_hold_no_source() -> None:
    link = Change(path=RepoPath("b.py"), kind=ChangeKind.UNTRACKED, before=None, after=entry("b", 0o120000))
    staged = Change(path=RepoPath("c.py"), kind=ChangeKind.MODIFIED, before=None, after=entry("c"), staged=True)
    unknown = {oid("bin/x after"): Unreadable("is too large")}
    assert judge(snapshot(link, staged, untracked("bin/x"), contents=unknown)).basis == "no imports to judge"


def test_a_relative_import_above_the_repository_is_a_finding() -> None:
    finding = only(app("from ... import x\n").ruled())
    assert (finding.code, finding.expected, finding.actual) == ("A904", "at most 2 dots", "relative import of 3 dots")
    assert app("from .. import x\n").codes() == []


def test_a_guarded_import_is_a_note_and_its_fallback_is_not() -> None:
    source = "try:\n    import orjson\nexcept ImportError:\n    import ujson\n"
    ruling = app(source).ruled()
    assert ([note.code for note in ruling.notes], only(ruling).line) == (["A909"], 4)
    assert ruling.notes[0].message == "optional import orjson is not declared"


TYPED = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import {0}\n"


def test_a_type_only_import_is_declared_in_any_group_or_is_a_note() -> None:
    ruling = app(TYPED.format("boto3_stubs")).ruled()
    assert ([note.code for note in ruling.notes], ruling.findings) == (["A912"], ())
    assert ruling.notes[0].message == "type-only import boto3_stubs is not declared"
    declared = app(TYPED.format("boto3_stubs")).says("requirements-dev.txt", "boto3-stubs\n").ruled()
    assert (declared.findings, declared.notes) == ((), ())
    assert app("import boto3_stubs\n").says("requirements-dev.txt", "boto3-stubs\n").codes() == ["A901"]
    stub = Repository().changes("app/b.pyi", "import boto3_stubs\n")
    assert ([note.code for note in stub.ruled().notes], stub.codes()) == (["A912"], [])
    assert stub.says("requirements-dev.txt", "boto3-stubs\n").ruled().notes == ()


def test_what_every_type_checker_brings_needs_no_declaration_for_types_only() -> None:
    ruling = app(TYPED.format("typing_extensions as te")).changes("app/b.pyi", "from typing_extensions import Self\n").ruled()
    assert (ruling.findings, ruling.notes) == ((), ())
    assert app("from typing_extensions import Self\n").codes() == ["A901"]


def test_an_import_that_only_looks_type_only_is_judged() -> None:
    assert app("TYPE_CHECKING = True\nif TYPE_CHECKING:\n    import requests\n").codes() == ["A901"]
    assert app("from typing import TYPE_CHECKING\nif not TYPE_CHECKING:\n    import requests\n").codes() == ["A901"]
    assert app("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    pass\nelse:\n    import requests\n").codes() == ["A901"]


@pytest.mark.parametrize(
    "path",
    [
        *("tests/unit/x.py", "app/test_x.py", "app/x_test.py", "conftest.py", "app/conftest.py", "app/tests/x.py", "noxfile.py"),
        *("shop/tests.py", "unit_tests/x.py", "app/unit_tests/x.py", "testing/x.py", "t/unit/x.py", "e2e/x.py", "integration/x.py"),
        *("integration-checks/x.py", "services/api/t/x.py", "docs/conf.py", "doc/source/conf.py", "app/docs/en/conf.py"),
        *("docs/_ext/x.py", "docs_src/first/x.py", "benchmarks/x.py", "scripts/x.py", "tools/deep/x.py", "examples/a/x.py"),
    ],
)
def test_a_development_group_satisfies_tests(path: str) -> None:
    assert Repository().changes(path, "import respx\n").says("requirements-dev.txt", "respx\n").codes() == []
    assert Repository().changes(path, "import respx\n").codes() == ["A901"]


@pytest.mark.parametrize(
    "path",
    [
        *("app/testing/x.py", "app/t/x.py", "app/e2e/x.py", "app/integration/x.py", "integrations/x.py", "app/integrations/x.py"),
        *("app/conf.py", "app/docs/x.py", "app/scripts/x.py", "app/tools/x.py", "latests/x.py", "contests/x.py", "mytests.py"),
        *("src/app/examples/x.py", "main.py", "tools.py", "scripts_/x.py", "hatch_build.py"),
    ],
)
def test_a_part_of_the_product_is_no_test_whatever_its_name(path: str) -> None:
    repository = Repository().has("src/app/__init__.py").says("requirements-dev.txt", "respx\n")
    assert repository.changes(path, "import respx\n").codes() == ["A901"]


def test_a_folder_of_scripts_that_is_shipped_is_product() -> None:
    dev = Repository().says("requirements-dev.txt", "respx\n")
    assert dev.has("scripts/__init__.py").changes("scripts/x.py", "import respx\n").codes() == ["A901"]
    table = '[project]\nname = "a"\n[tool.setuptools.packages.find]\nwhere = ["{}"]\n'
    for where in ("tools", "tools/lib"):
        shipped = Repository().says("requirements-dev.txt", "respx\n").says("pyproject.toml", table.format(where))
        assert shipped.changes("tools/lib/a/x.py", "import respx\n").codes() == ["A901"], where
        assert shipped.changes("examples/x.py", "import respx\n").codes() == ["A901"], where
        assert Repository().says("pyproject.toml", table.format("src")).changes("tools/x.py", "import json\n").codes() == []


def test_a_package_of_scripts_beside_the_one_folder_that_is_shipped_is_no_product() -> None:
    for table in ('[tool.hatch.build.targets.wheel]\nonly-include = ["src"]\n', '[tool.setuptools.packages.find]\nwhere = ["src"]\n'):
        repository = Repository().says("requirements-dev.txt", "respx\n").says("pyproject.toml", table).has("scripts/__init__.py")
        assert repository.changes("scripts/x.py", "import respx\n").codes() == []
        assert repository.changes("src/app/x.py", "import respx\n").codes() == ["A901"]
    whole = Repository().says("requirements-dev.txt", "respx\n").says("pyproject.toml", table.replace("src", "."))
    assert whole.has("scripts/__init__.py").changes("scripts/x.py", "import respx\n").codes() == ["A901"]


def test_a_build_script_may_use_what_builds_the_product() -> None:
    table = '[build-system]\nrequires = ["hatchling"]\n[project]\nname = "a"\ndependencies = []\n'
    repository = Repository(None, None).says("pyproject.toml", table)
    assert repository.changes("hatch_build.py", "import hatchling\n").changes("sub/build.py", "import hatchling\n").codes() == []
    assert repository.changes("app/build.py", "import hatchling\n").codes() == ["A901"]


def test_a_development_group_satisfies_nothing_else() -> None:
    ruling = app("import respx\n").says("requirements-dev.txt", "respx\n").ruled()
    assert only(ruling).message == "import respx is declared for development only: expected respx in requirements.txt"
    table = '[project]\nname = "a"\n[dependency-groups]\ndev = ["respx"]\n'
    assert app("import respx\n").says("pyproject.toml", table).codes() == ["A901"]
    assert Repository().changes("tests/x.py", "import respx\n").says("pyproject.toml", table).codes() == []


def test_the_test_folder_and_framework_are_those_of_forge_json() -> None:
    forge = json.dumps({"backend": {"dependency_file": "requirements.txt", "test_dir": "checks", "test_framework": "pytest"}})
    assert Repository(forge=forge).changes("checks/x.py", "import pytest\n").codes() == []
    assert Repository(forge=forge).changes("app/a.py", "import pytest\n").codes() == ["A901"]


def test_no_manifest_at_all_is_one_finding_that_names_the_imports() -> None:
    finding = only(app("import requests\nimport yaml.x\nimport yaml\n", None, None).ruled())
    assert (finding.code, finding.path, finding.line) == ("A902", "app/a.py", 1)
    assert finding.message.startswith(
        "no dependency manifest was found for the imports requests, yaml: expected requirements.txt, pyproject"
    )
    many = "".join(f"import lib{number:02}\n" for number in range(12))
    assert "lib09 and 2 more" in only(app(many, None, None).ruled()).message


def test_the_file_that_forge_json_names_has_to_be_there() -> None:
    finding = only(app("import requests\n", None).ruled())
    assert (finding.code, finding.expected) == ("A902", "requirements.txt, which forge.json names")
    assert app("import os\n", None).codes() == []


def test_no_manifest_is_needed_without_third_party_imports() -> None:
    assert app("import os\n", None, None).codes() == []


def test_a_malformed_manifest_is_a_finding() -> None:
    assert app("import os\n", "fastapi\n???\n").codes() == ["A903"]
    assert app("import os\n", None, None).says("pyproject.toml", "[project\n").codes() == ["A903"]
    assert app("import os\n", None).says("requirements.txt", Unreadable("is a symlink")).codes() == ["A903"]


def test_a_manifest_is_not_believed_in_part() -> None:
    # Each of these declares `requests` where a careless reader would look, beside something that no reader understands.
    flood = "\n" * LIMITS.document_lines
    for text in (f"requests\n{flood}evil line\n", "requests\n-r /etc/passwd\n", "requests\n-r gone.txt\n", "requests\nfast api\n"):
        assert app("import requests\n", text).codes() == ["A903"], text
    assert app("import requests\n", None).says("requirements.txt", b"requests\n\xff\xfe\n").codes() == ["A903", "A901"]


def test_a_declaration_beyond_the_limit_of_lines_declares_nothing() -> None:
    assert app("import requests\n", "\n" * LIMITS.document_lines + "requests\n").codes() == ["A903", "A901"]


def test_a_manifest_that_takes_in_a_broken_one_is_as_broken() -> None:
    taken = app("import requests\n", "-r base.txt\nrequests\n").says("base.txt", "fast api\n")
    assert [(finding.code, finding.path) for finding in taken.ruled().findings] == [("A903", "base.txt")]


def test_a_forge_json_broken_in_this_cycle_does_not_choose_an_easier_manifest() -> None:
    # At BASE the product's manifest is requirements.txt. The builder breaks forge.json so that a convention may choose another one.
    work = app("import requests\n", "fastapi\n").says("forge.json", "{").says("app/requirements.txt", "requests\n")
    assert set(work.codes()) == {"A903", "A901"}


@pytest.mark.parametrize(
    ("forge", "why"),
    [
        ("{", "expected a key in double quotes"),
        ("[]", "expected an object, found list"),
        ('{"backend": 3}', "expected backend as an object, found int"),
        ('{"backend": {"dependency_file": 3}}', "expected backend.dependency_file as text, found int"),
        ('{"backend": {"dependency_file": "../x"}}', "expected backend.dependency_file as a path of the repository, found '../x', which "),
    ],
)
def test_a_malformed_forge_json_is_a_finding(forge: str, why: str) -> None:
    finding = only(app("import fastapi\n", forge=forge).ruled())
    assert (finding.code, finding.path) == ("A903", "forge.json")
    assert finding.actual.startswith(why)


def test_forge_json_names_the_only_manifest_of_the_product() -> None:
    table = '[project]\nname = "a"\ndependencies = ["requests"]\n'
    assert app("import requests\n").says("pyproject.toml", table).codes() == ["A901"]
    assert app("import requests\n", forge=PLAIN).says("pyproject.toml", table).codes() == []


def test_forge_json_may_name_a_manifest_whose_name_sounds_like_development() -> None:
    forge = json.dumps({"backend": {"dependency_file": "requirements/dev.txt"}})
    assert app("import requests\n", None, forge).says("requirements/dev.txt", "requests\n").codes() == []


def test_forge_json_changed_in_this_cycle_can_tighten_and_never_loosen() -> None:
    loose = json.dumps({"backend": {"dependency_file": "notes.txt"}})
    repository = app("import requests\n").says("notes.txt", "requests\n").says("forge.json", loose)
    assert repository.codes() == ["A901"]
    del repository.documents["forge.json"]
    assert repository.says("notes.txt", "requests\n").codes() == ["A901"]
    fresh = app("import requests\n", forge=None).says("notes.txt", "requests\n").says("forge.json", loose)
    assert fresh.codes() == []


def test_a_manifest_beside_the_file_holds_and_one_of_another_project_does_not() -> None:
    repository = Repository(None, None).says("api/requirements.txt", "requests\n").says("jobs/requirements.txt", "celery\n")
    assert repository.changes("api/a.py", "import requests\n").codes() == []
    assert repository.changes("jobs/b.py", "import requests\n").codes() == ["A901"]
    assert repository.changes("jobs/b.py", "").changes("tools/c.py", "import requests, celery\n").codes() == []


def test_beside_the_named_manifest_all_others_satisfy_tests() -> None:
    for place in ("tests/requirements.txt", "ci/requirements.txt", "requirements-extra.txt"):
        repository = Repository().says(place, "pexpect\n")
        assert repository.changes("tests/test_a.py", "import pexpect\n").codes() == [], place
        assert repository.changes("app/a.py", "import pexpect\n").codes() == ["A901"], place
    docs = Repository().says("docs/requirements.txt", "sphinx\n")
    assert docs.changes("docs/conf.py", "import sphinx\n").codes() == []


def test_beside_the_named_manifest_that_of_a_service_holds_for_the_service_and_nothing_else() -> None:
    table = '[project]\nname = "api"\ndependencies = ["celery"]\n'
    repository = Repository().says("services/api/pyproject.toml", table).has("services/api/api/__init__.py")
    assert repository.changes("services/api/api/tasks.py", "import celery, fastapi\n").codes() == []
    assert repository.changes("services/web/tasks.py", "import celery\n").codes() == ["A901"]
    assert Repository().says("services/api/requirements/base.txt", "celery\n").changes("services/api/x.py", "import celery\n").codes() == []


def test_a_manifest_inside_a_package_of_the_product_is_nobodys() -> None:
    assert app("import celery\n").says("app/requirements.txt", "celery\n").codes() == ["A901"]


def test_the_python_of_a_neighbour_says_nothing_about_a_service() -> None:
    repository = Repository(None, None).says("a/pyproject.toml", '[project]\nname = "a"\nrequires-python = ">=3.8,<3.12"\n')
    repository.says("b/pyproject.toml", '[project]\nname = "b"\nrequires-python = ">=3.12"\n')
    assert repository.changes("a/x.py", "import distutils\n").codes() == []
    assert repository.changes("b/x.py", "import distutils\n").codes() == ["A901"]


def test_a_folder_of_requirements_holds_for_the_folder_above_it() -> None:
    repository = Repository(None, None).says("requirements/base.txt", "requests\n").says("requirements/test.txt", "-r base.txt\nrespx\n")
    assert repository.changes("app/a.py", "import requests\n").changes("tests/x.py", "import respx, requests\n").codes() == []


def test_a_pyproject_with_tool_settings_only_is_no_manifest() -> None:
    repository = Repository(None, None).says("pyproject.toml", "[tool.ruff]\nrequests = 1\n").says("api/requirements.txt", "requests\n")
    assert repository.changes("api/a.py", "import requests\n").codes() == []
    assert repository.changes("jobs/b.py", "import requests\n").codes() == []
    bare = Repository(None, None).says("pyproject.toml", "[tool.requests]\nx = 1\n").changes("app/a.py", "import requests\n")
    assert bare.codes() == ["A902"]


def test_constants_of_setup_py_are_declarations_and_its_computations_are_not() -> None:
    text = "from setuptools import setup\nsetup(install_requires=['celery>=5'], extras_require={'x': ['redis']})\n"
    assert app("import celery, redis\n", None, None).says("setup.py", text).codes() == []
    assert app("import celery\n", None, None).says("setup.py", "setup(install_requires=needs())\n").codes() == ["A902"]
    assert app("import os\n", None, None).says("setup.py", "setup(install_requires=needs())\n").codes() == []


def test_what_tox_installs_satisfies_tests_and_nothing_else() -> None:
    repository = Repository().says("tox.ini", "[testenv]\ndeps =\n    pexpect\n")
    assert repository.changes("tests/test_x.py", "import pexpect\n").codes() == []
    finding = only(repository.changes("app/a.py", "import pexpect\n").ruled())
    assert finding.expected == "pexpect in requirements.txt"
    assert app("import pexpect\n", None, None).says("tox.ini", "[testenv]\ndeps = pexpect\n").codes() == ["A902"]


def test_a_deep_folder_of_requirements_declares() -> None:
    repository = Repository(None, None).says("requirements/default.txt", "kombu\n").says("requirements/extras/redis.txt", "redis\n")
    assert repository.changes("app/a.py", "import redis\n").codes() == []


def test_manifests_that_were_not_read_are_a_note_and_no_long_list_is_blamed() -> None:
    repository = app("import requests\n", None, None)
    for number in range(5):
        repository.says(f"p{number}/requirements.txt", "celery\n")
    why = "is one of 6 manifests beyond the first 64, which alone are read"
    ruling = repository.says("p9/requirements.txt", Unreadable(why)).ruled()
    assert [(note.code, note.path, note.message, note.actual) for note in ruling.notes] == [
        ("A913", "p9/requirements.txt", f"p9/requirements.txt {why}", why)
    ]
    expected = "requests in p0/requirements.txt or p1/requirements.txt or p2/requirements.txt (and 2 more)"
    assert (only(ruling).code, only(ruling).expected) == ("A901", expected)


def test_setup_py_may_import_what_builds_it() -> None:
    table = '[build-system]\nrequires = ["cython"]\n[project]\nname = "a"\n'
    repository = Repository(None, None).says("pyproject.toml", table)
    assert repository.changes("setup.py", "import setuptools, Cython\n").codes() == []
    assert repository.changes("app/a.py", "import Cython\n").codes() == ["A901"]
    named = Repository().says("pyproject.toml", table)
    assert named.changes("setup.py", "import setuptools, Cython\n").codes() == []


def test_what_requirements_install_from_a_folder_is_declared() -> None:
    table = '[project]\nname = "a"\ndependencies = ["requests"]\n'
    repository = app("import requests\n", "-e .\n").says("pyproject.toml", table)
    assert repository.codes() == []


def test_the_declared_python_says_what_the_standard_library_is() -> None:
    table = '[project]\nname = "a"\nrequires-python = "{}"\n'
    assert app("import distutils.core, asyncore\n").says("pyproject.toml", table.format(">=3.12")).codes() == ["A901"] * 2
    assert app("import distutils.core, asyncore, tomllib\n").says("pyproject.toml", table.format(">=3.9")).codes() == []
    forge = json.dumps({"backend": {"version": "3.12+", "dependency_file": "requirements.txt"}})
    assert app("import distutils\n", forge=forge).codes() == ["A901"]


def test_a_branch_that_the_declared_python_never_takes_is_not_judged() -> None:
    table = '[project]\nname = "a"\nrequires-python = "{}"\n'
    source = "import sys\nif sys.version_info >= (3, 11):\n    import tomllib\nelse:\n    import tomli\n"
    assert app(source).says("pyproject.toml", table.format(">=3.11")).codes() == []
    assert app(source).says("pyproject.toml", table.format(">=3.9")).codes() == ["A901"]
    assert app("import sys\nif sys.version_info[0] < 3:\n    import StringIO\n").codes() == []
    assert app("import sys\nif sys.version_info[0] >= 3:\n    import requests\n").codes() == ["A901"]
    assert app(source.replace("tomli\n", "requests\n")).codes() == ["A901"]


def test_a_function_that_tells_what_to_install_is_a_note_and_one_that_runs_on_is_not() -> None:
    source = "def f():\n    try:\n        import zarr\n    except ImportError as e:\n        raise ImportError('pip install zarr') from e\n"
    assert ([note.code for note in app(source).ruled().notes], app(source).codes()) == (["A909"], [])
    assert app(source + "import zarr\n").codes() == ["A901"]


def test_first_party_is_found_from_the_root_src_and_above_packages() -> None:
    repository = Repository().has("src/core/__init__.py", "backend/app2/__init__.py", "backend/app2/m.py", "scripts/shared.py", "tool.py")
    repository.changes("src/core/x.py", "import core.y\n")
    repository.changes("backend/app2/n.py", "from app2.m import f\n")
    repository.changes("tests/test_n.py", "from app2 import m\nimport core\nimport tool\n")
    repository.changes("scripts/run.py", "import shared\n")
    assert repository.codes() == []


@pytest.mark.parametrize(
    "importing",
    [
        "from app.__pycache__ import evil\n",
        "import app.__pycache__.evil as x\n",
        "from .__pycache__ import evil\n",
        "from . import __pycache__\n",
        "import importlib\nimportlib.import_module('app.__pycache__.evil')\n",
        "from node_modules.pkg import x\n",
    ],
)
def test_what_an_audit_never_looks_into_is_not_imported(importing: str) -> None:
    assert app(importing).codes() == ["A916"]


def test_a_name_that_only_resembles_a_cache_is_an_ordinary_import() -> None:
    assert app("from app.pycache import x\nfrom app.caches import node_modules_of\n").has("app/pycache.py", "app/caches.py").codes() == []


SCRIPT = '# /// script\n# dependencies = ["requests"]\n# ///\nimport requests\n'


def test_a_script_in_a_package_declares_nothing_for_itself_however_deep_or_high_it_stands() -> None:
    for package, script in (("tools/x/__init__.py", "tools/x/z.py"), ("__init__.py", "z.py")):
        assert Repository().has(package).changes(script, SCRIPT).codes() == ["A901"], script
    assert Repository().has("tools/__init__.py").changes("tools/x/z.py", SCRIPT).codes() == []


@pytest.mark.parametrize(
    ("script", "importing"),
    [
        ("tools/z.py", "from tools import z\n"),
        ("tools/z.py", "import tools.z as q\n"),
        ("tools/z.py", "import z\n"),
        ("tools/deep/z.py", "import tools.deep.z\n"),
        ("tools/deep/z.py", "import z\n"),
    ],
)
def test_a_script_that_another_file_imports_declares_nothing_for_itself(script: str, importing: str) -> None:
    assert Repository().changes(script, SCRIPT).codes() == []
    findings = app(importing).changes(script, SCRIPT).ruled().findings
    assert [(finding.code, finding.line) for finding in findings if finding.path == script] == [("A901", 4)]


def test_a_stub_of_this_cycle_that_describes_nothing_explains_no_import() -> None:
    assert app("import boltons\n").changes("boltons.pyi", "").codes() == ["A901"]
    # One that was there, one of a compiled source, and one with a name that no distribution has.
    assert app("import boltons\n").has("boltons.pyi").codes() == []
    assert app("import speedups\n").has("speedups.rs").changes("speedups.pyi", "").codes() == []
    assert app("import _speedups\n").changes("_speedups.pyi", "").codes() == []


def test_a_folder_of_this_cycle_without_a_module_of_its_own_explains_no_bare_import() -> None:
    assert app("import boltons\n").changes("boltons/q/x.py", "").codes() == ["A901"]
    assert app("import boltons.q.x\n").changes("boltons/q/x.py", "").codes() == []
    assert app("import boltons\n").changes("boltons/x.py", "").codes() == []
    assert app("import boltons\n").has("boltons/q/y.py").changes("boltons/q/x.py", "").codes() == []


def test_a_module_beside_a_script_is_meant_by_it_however_deep_it_stands_and_whatever_its_name() -> None:
    for folder in ("tools", "tools/ci", "tools/ci/deep"):
        assert Repository().has(f"{folder}/serial.py").changes(f"{folder}/run.py", "import serial\n").codes() == [], folder
        assert Repository().has(f"{folder}/src/serial.py").changes(f"{folder}/run.py", "import serial\n").codes() == [], folder
    assert Repository().has("tools/serial.py").changes("jobs/run.py", "import serial\n").codes() == ["A901"]


def test_a_namespace_package_of_the_repository_is_first_party() -> None:
    repository = Repository().has("plugins/mail/send.py", "google/acme/x.py", "lib/deep/er/m.py")
    assert repository.changes("run.py", "import plugins.mail\nimport google.acme.x\n").codes() == []
    assert repository.changes("run.py", "import google.other\n").codes() == ["A901"]
    assert repository.changes("run.py", "import google\n").codes() == ["A901"]


def test_a_module_of_the_package_itself_counts_when_programs_start_inside_of_it() -> None:
    assert Repository().has("app/config.py").changes("app/main.py", "import config\n").codes() == []


def test_a_module_generated_from_a_protocol_file_is_first_party() -> None:
    for place in ("order.proto", "protos/order.proto", "api/shop/v1/order.proto"):
        assert app("import order_pb2, order_pb2_grpc\n").has(place).codes() == [], place
    repository = Repository().has("protos/order.proto")
    assert repository.changes("app/a.py", "import other_pb2\n").codes() == ["A901"]


def test_paths_that_manifests_put_on_the_import_path_are_roots() -> None:
    table = '[tool.pytest.ini_options]\npythonpath = ["lib/py"]\n'
    repository = Repository().has("lib/py/yaml/__init__.py").says("pyproject.toml", table)
    assert repository.changes("tests/test_x.py", "import yaml\n").codes() == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", "[tool.pytest.ini_options]\npythonpath = ['app2']\n"),
        ("pytest.ini", "[pytest]\npythonpath = app2\n"),
        ("tox.ini", "[pytest]\npythonpath = app2\n"),
        ("setup.cfg", "[tool:pytest]\npythonpath = app2\n"),
    ],
)
@pytest.mark.parametrize("forge", [FORGE, None])
def test_the_settings_of_pytest_count_wherever_they_stand(name: str, text: str, forge: str | None) -> None:
    repository = Repository(forge=forge).has("app2/yaml.py").says(name, text)
    assert repository.changes("tests/test_x.py", "from yaml import x\n").codes() == []
    assert Repository(forge=forge).has("app2/yaml.py").changes("tests/test_x.py", "from yaml import x\n").codes() == ["A901"]


def test_the_python_of_a_manifest_without_dependencies_counts() -> None:
    repository = app("import distutils\n", forge=None).says("setup.cfg", "[options]\npython_requires = >=3.12\n")
    assert repository.codes() == ["A901"]
    assert repository.says("setup.cfg", "[options]\npython_requires = >=3.8,<3.12\n").codes() == []


def test_a_module_in_a_plain_folder_is_first_party() -> None:
    repository = Repository().has("server/main.py", "server/settings.py", "docs/_ext/links.py", "layers/x/python/shared_thing.py")
    repository.changes("tests/test_x.py", "from main import x\nimport settings\n").changes("docs/conf.py", "import links\n")
    assert repository.changes("functions/hello/run.py", "import shared_thing\n").codes() == []
    assert repository.changes("app/a.py", "import nowhere\n").codes() == ["A901"]


def test_a_module_in_a_plain_folder_explains_no_known_distribution_and_not_itself() -> None:
    for name in ("requests", "yaml", "google"):
        assert app(f"import {name}\n").has(f"junk/{name}.py").codes() == ["A901"], name
    assert Repository().changes("junk/acme_tool.py", "import acme_tool\n").codes() == ["A901"]
    assert app("import acme_tool\n").has("junk/pkg/__init__.py", "junk/pkg/acme_tool.py").codes() == ["A901"]
    assert app("import acme_tool\n").has("vendor/acme_tool.py", "junk/acme_tool.pyi").codes() == ["A901"]


def test_a_local_module_under_an_ordinary_word_is_first_party() -> None:
    repository = Repository().has("server/web.py", "backend/pipeline/__init__.py")
    assert repository.changes("tests/test_x.py", "import web, pipeline.steps\n").codes() == []
    assert app("import web, pipeline\n").codes() == ["A901"] * 2


def test_a_module_of_a_test_explains_nothing_to_the_product() -> None:
    repository = app("import acme_tool\n").has("tests/fakes/acme_tool.py")
    assert repository.codes() == ["A901"]
    assert repository.changes("tests/test_x.py", "import acme_tool\n").changes("app/a.py", "").codes() == []


def test_a_module_in_a_plain_folder_does_not_turn_a_development_tool_into_the_product() -> None:
    assert app("import respx\n").has("junk/respx.py").says("requirements-dev.txt", "respx\n").codes() == ["A901"]


def test_an_empty_folder_with_the_name_of_a_distribution_brings_nothing() -> None:
    assert app("import requests\n").has("requests/README.md", "requests/data.txt").codes() == ["A901"]


def test_a_folder_of_scripts_under_a_famous_name_does_not_explain_the_distribution() -> None:
    assert app("import docker\n").has("docker/build.py").codes() == ["A901"]
    assert Repository().changes("alembic/env.py", "from alembic import context\n").codes() == ["A901"]
    assert app("import docker.build, docker.ci.run\n").has("docker/build.py", "docker/ci/run.py").codes() == []
    assert app("import docker.errors\n").has("docker/build.py").codes() == ["A901"]
    assert app("import docker.build, docker.ci.run\n").has("src/docker/build.py", "src/docker/ci/run.py").codes() == []


WORKER = "services/worker/pkg/__init__.py"


@pytest.mark.parametrize(
    ("source", "place", "codes"),
    [
        ("import speedups\n", "services/worker/speedups.pyx", []),
        ("import space.mod\n", "services/worker/space/mod.py", []),
        ("import serial\n", "services/worker/serial.py", ["A901"]),
        ("import serial\n", "services/worker/serial/__init__.py", ["A901"]),
        ("import serial.x\n", "services/worker/serial/x.py", ["A901"]),
        ("import serial.x\n", "serial/x.py", []),
        ("import google.cloud.storage\n", "google/__init__.py", ["A901"]),
    ],
)
def test_what_stands_beside_a_package_elsewhere_explains_names_that_mean_no_distribution(source: str, place: str, codes: list[str]) -> None:
    assert app(source).has(WORKER, place).codes() == codes


def test_what_the_repository_brings_is_not_counted_as_declared() -> None:
    assert app("import requests\n", "requests\n").has("requests.py").ruled().basis == "0 imports declared, 1 Python file changed"
    own = Repository("python-xlib\n").changes("Xlib/__init__.py", "import Xlib\n")
    assert own.ruled() == Ruling(basis="0 imports declared, 1 Python file changed")


def test_a_module_of_a_package_is_explained_by_what_explains_the_package() -> None:
    assert app("import requests.sessions\n").changes("requests.py", "").codes() == ["A907"]
    assert Repository().changes("fabfile.py", "import fabric.api\n").codes() == []


def test_a_new_local_module_may_not_take_the_name_of_a_famous_distribution() -> None:
    shadow = app("import requests\n").changes("requests.py", "")
    finding = only(shadow.ruled())
    assert (finding.code, finding.line) == ("A907", 1)
    assert finding.message == "import requests means the new requests.py, which takes the name of the distribution requests"
    assert app("import requests\n").has("requests.py").codes() == []
    assert app("import requests\n", "requests\n").changes("requests.py", "").codes() == []


@pytest.mark.parametrize("place", ["junk/requests/__init__.py", "vendor/requests/__init__.py", "app/requests.py"])
def test_a_package_elsewhere_does_not_explain_a_distribution(place: str) -> None:
    assert app("import requests\n").has(place).codes() == ["A901"]


def test_a_module_that_imports_its_own_name_means_the_distribution() -> None:
    assert Repository().changes("celery.py", "from celery import Celery\n").codes() == ["A901"]
    assert Repository("celery\n").has("proj/__init__.py").changes("proj/celery.py", "from celery import Celery\n").codes() == []


def test_a_folder_of_foreign_code_brings_nothing() -> None:
    assert app("import somelib\n").has("vendor/somelib/__init__.py", "node_modules/somelib/x.py").codes() == ["A901"]


def test_fifty_thousand_paths_are_read_once_and_only_when_needed() -> None:
    repository = app("import requests, whatever\n")
    repository.has(*(f"pkg{number % 500}/mod{number}.py" for number in range(50_000)))
    asked = []

    class Counting(dict[RepoPath, Any]):
        def __iter__(self) -> Any:
            asked.append(1)
            return super().__iter__()

    base = Counting({RepoPath(path): entry("x") for path in repository.files})
    repository.parts["paths"] = PathTable(base, {RepoPath("app/a.py"): entry("y")})
    assert repository.codes() == ["A901", "A901"]
    assert len(asked) == 1


def test_equal_findings_of_both_versions_of_forge_json_are_told_once() -> None:
    forge = json.dumps({"backend": {"dependency_file": "requirements.txt", "test_dir": "tests", "x": 1}})
    assert app("import requests\n").says("forge.json", forge).codes() == ["A901"]


def test_every_code_is_documented_and_an_import_value_is_enough() -> None:
    assert [doc.code for doc in CODES] == [f"A9{number:02}" for number in (*range(1, 11), *range(12, 19))]
    repository = app("")
    repository.parts["sources"] = {RepoPath("app/a.py"): SourceFacts(imports=(Import(module="yaml", line=1, names=("*",)),))}
    assert repository.codes() == ["A901"]


@pytest.mark.parametrize(("allowed", "guard"), [(">=3.10", "< (3, 11)"), ("==3.12.*", ">= (3, 12)"), ("<=3.9", ">= (3, 9)")])
def test_an_import_for_the_first_or_the_last_allowed_python_alone_counts(allowed: str, guard: str) -> None:
    source = f"import sys\nif sys.version_info {guard}:\n    import requests\n"
    assert app(source).says("pyproject.toml", PYTHON.format(allowed)).codes() == ["A901"]


def test_a_policy_that_was_removed_holds_and_nothing_else_does() -> None:
    named = json.dumps({"backend": {"language": "python", "dependency_file": "deps/all.in"}})
    repository = app("import requests\n", None, named).says("deps/all.in", "requests\n")
    assert repository.codes() == []
    del repository.documents["forge.json"]
    assert repository.codes() == []


def test_an_absent_manifest_is_not_there() -> None:
    repository = app("import requests\n", None, None)
    repository.documents["requirements.txt"] = Absent()
    assert repository.codes() == ["A902"]


LINK = 0o120000


def link_to(text: str) -> Entry:
    """Return the entry of a link whose text is `text`, with the id that git gives it."""
    data = text.encode()
    return Entry(LINK, Oid(hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()))


def linked(path: str, text: str, **before: Entry) -> Snapshot:
    """Return a cycle that adds a link to a repository that holds lib/shared.py, and `before` under `path` if that was there."""
    base = {RepoPath(name): entry(name) for name in ("app/__init__.py", "lib/shared.py", "lib/notes.txt", "requirements.txt")}
    change = Change(path=RepoPath(path), kind=ChangeKind.UNTRACKED, before=before.get("before"), after=link_to(text))
    return snapshot(change, paths=PathTable(base, {change.path: change.after}), documents={RepoPath("requirements.txt"): b"fastapi\n"})


@pytest.mark.req("S002-10.7-A9")
@pytest.mark.parametrize(
    "text",
    [
        "../node_modules/impl.py",
        "../../elsewhere/impl.py",
        "/repo/lib/shared.py",
        "../lib/missing.py",
        "../lib/notes.txt",
        "../lib",
        "impl.py",
        "../app/../lib/shared.py",
    ],
)
def test_a_link_under_a_python_name_that_leads_to_no_judged_source_fails(text: str) -> None:
    finding = only(judge(linked("app/impl.py", text)))
    assert (finding.code, finding.path, finding.actual) == ("A910", "app/impl.py", "a link that leads elsewhere")
    assert only(judge(linked("app/impl.py", text, before=link_to("../lib/shared.py")))).code == "A910"


@pytest.mark.parametrize(("path", "text"), [("app/impl.py", "../lib/shared.py"), ("lib/b.py", "./shared.py"), ("lib/b.py", "shared.py")])
def test_a_link_to_a_judged_source_of_the_repository_passes(path: str, text: str) -> None:
    assert judge(linked(path, text)).findings == ()


@pytest.mark.parametrize("path", ["app/data", "app/impl.ts", "README.md"])
def test_a_link_under_another_name_is_not_judged_here(path: str) -> None:
    assert [finding.code for finding in judge(linked(path, "../node_modules/impl.py")).findings] == []


def test_a_link_to_a_script_without_a_suffix_leads_to_a_source() -> None:
    made = linked("app/impl.py", "../bin/run")
    script = replace(modified("bin/run"), after=entry("bin/run"))
    paths = PathTable({**made.paths.base, RepoPath("bin/run"): entry("bin/run")}, made.paths.overlay)
    for first, found in ((b"#!/usr/bin/env python3\n", []), (b"#!/bin/sh\n", ["A910"])):
        parts = {"contents": {oid("bin/run"): first}, "sources": {RepoPath("bin/run"): SourceFacts()}}
        ruling = judge(replace(made, changes=(*made.changes, script), paths=paths, **parts))
        assert isinstance(ruling, Ruling)
        assert [finding.code for finding in ruling.findings] == found


def test_a_script_that_loses_its_first_line_is_no_source_any_more_for_the_links_that_lead_to_it() -> None:
    script, link = Entry(0o100755, oid("bin/run before")), RepoPath("app/impl.py")
    change = Change(path=RepoPath("bin/run"), kind=ChangeKind.MODIFIED, before=script, after=entry("bin/run after"))
    paths = PathTable({change.path: script, link: link_to("../bin/run")}, {change.path: change.after})
    first = b"#!/usr/bin/env python3\n"
    for now, found in ((first + b"import os\n", []), (b"import requests\n", [("A910", link)])):
        contents = {script.oid: first, oid("bin/run after"): now}
        ruling = judge(snapshot(change, paths=paths, contents=contents, sources={change.path: SourceFacts()}))
        assert isinstance(ruling, Ruling)
        assert [(finding.code, finding.path) for finding in ruling.findings] == found


def test_a_strayed_link_is_told_beside_the_imports_of_other_files() -> None:
    cycle = app("import requests\n").snapshot()
    change = Change(path=RepoPath("app/impl.py"), kind=ChangeKind.UNTRACKED, before=None, after=link_to("/tmp/impl.py"))
    typescript = untracked("web/app.ts")
    assert [finding.code for finding in judge(replace(cycle, changes=(*cycle.changes, change))).findings] == ["A910", "A901"]
    assert [finding.code for finding in judge(replace(cycle, changes=(typescript, change))).findings] == ["A910"]


@pytest.mark.parametrize("importing", ["from app.vendor import tools\n", "import app.vendor.tools\n", "from . import vendor\n"])
def test_an_import_through_a_link_that_leads_away_fails_with_the_name_of_the_link(importing: str) -> None:
    cycle = app(importing).snapshot()
    paths = PathTable(cycle.paths.base, {**cycle.paths.overlay, RepoPath("app/vendor"): link_to("/opt/vendor")})
    finding = only(judge(replace(cycle, paths=paths)))
    assert (finding.code, finding.path, finding.actual) == ("A918", "app/a.py", "app/vendor")


def test_a_link_in_the_place_of_a_folder_of_sources_fails_though_no_import_changed() -> None:
    change = Change(path=RepoPath("app"), kind=ChangeKind.TYPE, before=None, after=link_to("/opt/app"))
    cycle = Repository().snapshot()
    paths = PathTable(cycle.paths.base, {RepoPath("app"): change.after, **dict.fromkeys(map(RepoPath, ("app/__init__.py", "app/a.py")))})
    finding = only(judge(replace(cycle, paths=paths, changes=(change,))))
    assert (finding.code, finding.path) == ("A918", "app")


def test_what_the_operator_calls_data_is_not_judged_and_is_named() -> None:
    cycle = app("import requests\n").changes("tests/data/broken.py", "import (\n").changes("tests/data/x.txt", "").snapshot()
    told = tuple(map(RepoPath, ("tests/data/broken.py", "tests/data/x.txt")))
    assert [finding.code for finding in judge(cycle).findings] == ["A901", "A905"]
    ruling = judge(replace(cycle, data=told))
    assert [finding.code for finding in ruling.findings] == ["A901"]
    assert [(note.code, note.path) for note in ruling.notes] == [("A917", "tests/data/broken.py")]
    alone = judge(replace(cycle, changes=tuple(change for change in cycle.changes if change.path in told), data=told))
    assert (alone.basis, [note.code for note in alone.notes]) == ("no imports to judge", ["A917"])


def test_what_a_script_declares_in_itself_is_declared_for_that_file_alone() -> None:
    script = "# /// script\n# dependencies = ['requests']\n# ///\nimport requests\n"

    def tool(text: str) -> Repository:
        return app("").changes("tools/run.py", text)

    assert tool(script).codes() == []
    assert tool(script).changes("app/b.py", "import requests\n").codes() == ["A901"]
    assert tool(script + "import yaml\n").codes() == ["A901"]


def test_a_module_of_a_package_declares_nothing_in_itself() -> None:
    script = "# /// script\n# dependencies = ['requests']\n# ///\nimport requests\n"
    assert app("").has("app/__init__.py").changes("app/impl.py", script).codes() == ["A901"]


def test_the_tests_of_the_interpreter_are_of_the_standard_library() -> None:
    assert Repository().changes("tests/test_x.py", "from test import support\nimport test.support.os_helper\n").codes() == []


def test_a_package_that_imports_itself_is_first_party() -> None:
    table = '[project]\nname = "celery"\ndependencies = []\n'
    for place in ("celery/__init__.py", "src/celery/__init__.py"):
        repository = Repository(None, None).says("pyproject.toml", table).has(place)
        assert repository.changes(place, "import celery\nfrom celery import app\n").codes() == [], place
    assert Repository().has("junk/celery/__init__.py").changes("junk/celery/__init__.py", "import celery\n").codes() == ["A901"]
    lib = Repository().has("lib/celery/__init__.py").says("pyproject.toml", "[tool.setuptools.package-dir]\n'' = 'lib'\n")
    assert lib.changes("lib/celery/__init__.py", "import celery\n").codes() == []


def test_a_project_with_a_famous_name_of_its_own_is_no_shadow_of_itself() -> None:
    def first_cycle(name: str | None, table: str = '[project]\nname = "{}"\n') -> list[str]:
        repository = Repository(None, None).changes("yaml/__init__.py", "").changes("app/a.py", "import yaml\n")
        if name is not None:
            repository.base["pyproject.toml"] = table.format(name).encode()
        return repository.says("pyproject.toml", '[project]\nname = "PyYAML"\n').codes()

    assert first_cycle("PyYAML") == []
    assert first_cycle("PyYAML", '[tool.poetry]\nname = "{}"\n') == []
    assert first_cycle("PyYAML", "name = 3\n[tool.x]\ny = '{}'\n") == ["A907"]
    assert first_cycle("other") == ["A907"]
    assert first_cycle(None) == ["A907"]
