"""Projects in the shapes that Python projects have, as data: their files, and which imports no manifest explains.

A shape is a text: `=== path` begins a file. `missing` are the lines "path top-level-name" that the dependency gate has to find, or
"path code" for a finding that is not about one import. `deptry` is what that program says instead, None where it reads no such
manifest; then `why` says who is right. Where it is not given, both say the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from forgewatch.checks.a9_dependencies import judge
from forgewatch.core.manifests import load_manifests, nearest, wanted_manifests
from forgewatch.core.places import FORGE_JSON
from forgewatch.core.python_imports import extract_imports
from forgewatch.core.source_kinds import is_python
from forgewatch.core.values import Absent, Content, RepoPath
from forgewatch.core.verdict import Ruling
from tests.support.snapshots import snapshot, written

_FILE = re.compile(r"^=== (.+)\n", re.MULTILINE)
_IMPORT = re.compile(r"import (\w+)")
SAME = ("the same",)


@dataclass(frozen=True)
class Shape:
    """One project. `folders` are where deptry is run, `options` what it is told; the first of them its root."""

    name: str
    text: str
    missing: tuple[str, ...] = ()
    deptry: tuple[str, ...] | None = SAME
    why: str = ""
    folders: tuple[str, ...] = (".",)
    options: tuple[str, ...] = (".",)

    @property
    def files(self) -> Mapping[str, str]:
        """The files by path."""
        parts = _FILE.split(self.text)
        return dict(zip(parts[1::2], parts[2::2], strict=True))

    @property
    def expected(self) -> tuple[str, ...] | None:
        """What deptry is expected to find."""
        return self.missing if self.deptry == SAME else self.deptry


def ruled(shape: Shape) -> Ruling:
    """Judge a cycle that changed every Python file of the project and no manifest."""
    before = {path: None if is_python(path, text.encode()) else text for path, text in shape.files.items()}
    parts = written(*((path, text if text is not None else "# before\n", shape.files[path]) for path, text in before.items()))

    def read(path: RepoPath) -> Content:
        text = shape.files.get(path)
        return Absent() if text is None else text.encode()

    wanted = wanted_manifests(parts["paths"], read(FORGE_JSON))
    documents = {**load_manifests(nearest(wanted, parts["paths"].overlay), read), FORGE_JSON: read(FORGE_JSON)}
    sources = {path: extract_imports(path, shape.files[path].encode()) for path in parts["paths"].overlay if is_python(path)}
    parts.update(documents=documents, base_documents=documents, sources=sources)
    ruling = judge(snapshot(*parts.pop("changes"), claimed=parts.pop("claim"), **parts))
    assert isinstance(ruling, Ruling)
    return ruling


def missing(ruling: Ruling) -> tuple[str, ...]:
    """The findings in the words of `Shape.missing`, each once."""
    lines = (f"{found.path} {_IMPORT.match(found.message)[1] if found.code == 'A901' else found.code}" for found in ruling.findings)
    return tuple(sorted(set(lines)))


MODULES = (
    *("beautifulsoup4=bs4", "Pillow=PIL", "opencv-python-headless=cv2", "scikit_learn=sklearn", "Flask.SQLAlchemy=flask_sqlalchemy"),
    *("google-cloud-storage=google", "python-dateutil=dateutil", "psycopg2-binary=psycopg2"),
)
"""What deptry is told of distributions that are not installed here; the dependency gate has its own table."""

_REQUIREMENTS = (
    Shape(
        "one requirements.txt",
        """\
=== requirements.txt
# requests
httpx[http2]>=0.27,<1  # the client
PyYAML==6.0.2
Flask.SQLAlchemy
scikit_learn ~= 1.5
requests-mock
uvicorn[standard]
=== app/__init__.py
=== app/a.py
import os, httpx, yaml, flask_sqlalchemy
from sklearn.svm import SVC
import requests, websockets
""",
        missing=("app/a.py requests", "app/a.py websockets"),
    ),
    Shape(
        "hashes, markers, options and continuations",
        """\
=== requirements.txt
--index-url https://example.org/simple
--no-binary :all:
httpx==0.27.0 \\
    --hash=sha256:71d5465162c13681bff01ad59b2cc68dd838ea1f10e51574bac27103f00c91a5 \\
    --hash=sha256:a0cb88a46f32dc874e04ee956e4c2764aba2aa228f650b06788ba6bda2962ab5
celery ; python_version < "4"
redis==5.0; sys_platform == "linux"
=== app/a.py
import httpx, celery, redis, kombu
""",
        missing=("app/a.py kombu",),
    ),
    Shape(
        "addresses and version control",
        """\
=== requirements.txt
git+https://github.com/acme/sender.git@v1.2
git+https://github.com/acme/other.git#egg=receiver
toolbox @ https://example.org/dist/toolbox-1.0-py3-none-any.whl
=== app/a.py
import sender, receiver, toolbox, other
""",
        missing=("app/a.py other",),
    ),
    Shape(
        "an archive by its address",
        """\
=== requirements.txt
https://example.org/dist/toolbox-1.0-py3-none-any.whl
git+ssh://git@example.org/acme/sender
=== app/a.py
import toolbox, sender, other
""",
        missing=("app/a.py other",),
        deptry=("app/a.py other", "app/a.py sender", "app/a.py toolbox"),
        why="a wheel says its name in its file name, a repository in the last part of its address",
    ),
    Shape(
        "a chain of -r",
        """\
=== requirements.txt
-r requirements/base.txt
-r requirements/web.txt
=== requirements/base.txt
-r ../shared/common.txt
celery
=== requirements/web.txt
httpx
=== shared/common.txt
redis
=== app/a.py
import celery, redis, httpx, kombu
""",
        missing=("app/a.py kombu",),
    ),
    Shape(
        "constraints declare nothing",
        """\
=== requirements.txt
-c constraints.txt
httpx
=== constraints.txt
httpx==0.27
redis==5
=== app/a.py
import httpx, redis
""",
        missing=("app/a.py redis",),
    ),
    Shape(
        "a folder of requirements",
        """\
=== requirements/base.txt
httpx
=== requirements/prod.txt
-r base.txt
gunicorn
=== requirements/test.txt
-r base.txt
respx
=== app/a.py
import httpx, gunicorn, respx, redis
=== tests/test_a.py
import respx, httpx
""",
        missing=("app/a.py redis", "app/a.py respx"),
        options=(".", "-rf", "requirements/base.txt,requirements/prod.txt", "-rfd", "requirements/test.txt"),
    ),
    Shape(
        "requirements for development beside those of the product",
        """\
=== requirements.txt
httpx
=== requirements-dev.txt
-r requirements.txt
respx
=== app/a.py
import httpx, respx
=== tests/test_a.py
import respx
""",
        missing=("app/a.py respx",),
    ),
    Shape(
        "compiled requirements beside what they were compiled from",
        """\
=== requirements.in
httpx
=== requirements.txt
h11==0.14.0
    # via httpx
httpx==0.27.0
=== app/a.py
import httpx, h11, redis
""",
        missing=("app/a.py redis",),
        deptry=("app/a.py h11", "app/a.py redis"),
        why="the specification takes every requirements*.txt; what stands in the compiled one is pinned and installed",
    ),
    Shape(
        "-e . installs what the project declares",
        """\
=== requirements.txt
-e .[web]
redis
=== pyproject.toml
[project]
name = "acme"
dependencies = ["httpx"]
[project.optional-dependencies]
web = ["celery"]
=== src/acme/__init__.py
import acme, httpx, celery, redis, kombu
""",
        missing=("src/acme/__init__.py kombu",),
        deptry=("src/acme/__init__.py kombu", "src/acme/__init__.py redis"),
        why="deptry reads the pyproject.toml and then no requirements; both stand above the file and both are installed",
        options=("src",),
    ),
)

_EDITABLE = Shape(
    "folders of the repository that requirements install",
    """\
=== requirements.txt
-e ./libs/common
-e libs/other
-e libs/computed
httpx
=== libs/common/pyproject.toml
[project]
name = "acme-common"
dependencies = ["celery"]
=== libs/common/acme_common/__init__.py
import celery
=== libs/other/setup.py
from setuptools import setup
setup(name="acme-other", install_requires=["redis"])
=== libs/other/acme_other/__init__.py
import redis
=== libs/computed/setup.py
from setuptools import setup
setup(name="acme-computed", install_requires=open("needs.txt").read().split())
=== libs/computed/acme_computed/__init__.py
=== app/a.py
import acme_common, acme_other, acme_computed, httpx, celery, redis, kombu
""",
    missing=("app/a.py kombu",),
    deptry=(
        *("app/a.py acme_common", "app/a.py acme_computed", "app/a.py acme_other", "app/a.py celery", "app/a.py kombu"),
        *("app/a.py redis", "libs/common/acme_common/__init__.py celery", "libs/computed/setup.py setuptools"),
        *("libs/other/acme_other/__init__.py redis", "libs/other/setup.py setuptools"),
    ),
    why="deptry reads no -e of a folder; its packages are first party, and what its manifest declares is installed with it",
)

_PYPROJECT = (
    Shape(
        "project.dependencies",
        """\
=== pyproject.toml
[build-system]
requires = ["hatchling", "cython"]
build-backend = "hatchling.build"
[project]
name = "acme"
requires-python = ">=3.11"
dependencies = ["httpx>=0.27", "beautifulsoup4", "Pillow", "opencv-python-headless", "python-dateutil", "psycopg2-binary"]
[tool.requests]
dependencies = ["requests"]
=== acme/__init__.py
import tomllib, httpx, bs4, PIL.Image, cv2, dateutil, psycopg2.extras
import cython, requests
""",
        missing=("acme/__init__.py cython", "acme/__init__.py requests"),
    ),
    Shape(
        "optional dependencies",
        """\
=== pyproject.toml
[project]
name = "acme"
dependencies = ["httpx"]
[project.optional-dependencies]
cache = ["redis>=5"]
test = ["respx"]
=== acme/a.py
import httpx, redis, respx, celery
=== tests/test_a.py
import respx
""",
        missing=("acme/a.py celery", "acme/a.py respx"),
        options=(".", "-oddg", "test"),
    ),
    Shape(
        "groups of dependencies that include each other",
        """\
=== pyproject.toml
[project]
name = "acme"
dependencies = ["httpx"]
[dependency-groups]
lint = ["pylint"]
test = ["respx", {include-group = "lint"}]
dev = [{include-group = "test"}, "celery"]
=== acme/a.py
import httpx, respx, celery, redis
=== tests/test_a.py
import respx, celery, pylint
""",
        missing=("acme/a.py celery", "acme/a.py redis", "acme/a.py respx"),
    ),
    Shape(
        "dependencies in a file of their own",
        """\
=== pyproject.toml
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "acme"
dynamic = ["dependencies", "optional-dependencies"]
[tool.setuptools.dynamic]
dependencies = {file = ["deps/runtime.txt"]}
[tool.setuptools.dynamic.optional-dependencies]
cache = {file = "deps/cache.txt"}
=== deps/runtime.txt
httpx
=== deps/cache.txt
redis
=== acme/a.py
import httpx, redis, celery
""",
        missing=("acme/a.py celery",),
    ),
    Shape(
        "poetry with groups",
        """\
=== pyproject.toml
[tool.poetry]
name = "acme"
[tool.poetry.dependencies]
python = "^3.11"
httpx = {version = "^0.27", extras = ["http2"]}
sender = {git = "https://github.com/acme/sender.git"}
redis = {version = "^5", optional = true}
[tool.poetry.extras]
cache = ["redis"]
[tool.poetry.group.dev.dependencies]
respx = "*"
[tool.poetry.group.docs]
optional = true
[tool.poetry.group.docs.dependencies]
sphinx = "*"
=== acme/a.py
import httpx, redis, sender, respx, sphinx, celery
=== tests/test_a.py
import respx
""",
        missing=("acme/a.py celery", "acme/a.py respx", "acme/a.py sphinx"),
    ),
    Shape(
        "poetry as it was",
        """\
=== pyproject.toml
[tool.poetry]
name = "acme"
[tool.poetry.dependencies]
python = "^3.8"
httpx = "*"
[tool.poetry.dev-dependencies]
respx = "*"
=== acme/a.py
import httpx, respx, celery
=== tests/test_a.py
import respx
""",
        missing=("acme/a.py celery", "acme/a.py respx"),
    ),
    Shape(
        "poetry beside project.dependencies only enriches those",
        """\
=== pyproject.toml
[project]
name = "acme"
dependencies = ["sender>=1", "httpx"]
[tool.poetry.dependencies]
sender = {source = "ours"}
celery = "*"
[tool.poetry.group.dev.dependencies]
respx = "*"
=== acme/a.py
import sender, httpx, celery, respx
""",
        missing=("acme/a.py celery", "acme/a.py respx"),
    ),
    Shape(
        "pdm",
        """\
=== pyproject.toml
[project]
name = "acme"
dependencies = ["httpx"]
[tool.pdm.dev-dependencies]
test = ["respx", "-e file:///${PROJECT_ROOT}/plugins#egg=acme-plugins"]
lint = ["pylint"]
=== acme/a.py
import httpx, respx, celery
=== tests/test_a.py
import respx, acme_plugins
""",
        missing=("acme/a.py celery", "acme/a.py respx"),
    ),
    Shape(
        "uv with sources and dependencies for development",
        """\
=== pyproject.toml
[project]
name = "acme"
dependencies = ["httpx", "sender"]
[tool.uv]
dev-dependencies = ["respx>=0.21"]
[tool.uv.sources]
sender = {git = "https://github.com/acme/sender"}
celery = {git = "https://github.com/celery/celery"}
=== acme/a.py
import httpx, sender, respx, celery
=== tests/test_a.py
import respx
""",
        missing=("acme/a.py celery", "acme/a.py respx"),
    ),
    Shape(
        "hatch with environments",
        """\
=== pyproject.toml
[project]
name = "acme"
dependencies = ["httpx"]
[tool.hatch.envs.default]
dependencies = ["respx"]
[tool.hatch.envs.docs]
extra-dependencies = ["mkdocs"]
=== acme/a.py
import httpx, respx
=== tests/test_a.py
import respx
=== docs/conf.py
import mkdocs
""",
        missing=("acme/a.py respx",),
        deptry=("acme/a.py respx", "docs/conf.py mkdocs"),
        why="deptry does not know the environments of hatch, which install mkdocs for the documentation",
    ),
)

_NOT_READ = "deptry has no reader for this manifest"

_OTHERS = (
    Shape(
        "setup.cfg",
        """\
=== setup.cfg
[metadata]
name = acme
[options]
package_dir =
    = src
packages = find:
install_requires =
    httpx>=0.27
    redis; python_version >= "3.8"
[options.packages.find]
where = src
[options.extras_require]
web = celery
test =
    respx
=== src/acme/__init__.py
import httpx, redis, celery, respx, kombu
=== tests/test_a.py
import respx, acme
""",
        missing=("src/acme/__init__.py kombu", "src/acme/__init__.py respx"),
        deptry=None,
        why=_NOT_READ,
    ),
    Shape(
        "setup.py with constants",
        """\
=== setup.py
from setuptools import find_packages, setup
WEB = ["celery"]
setup(name="acme", packages=find_packages(), install_requires=["httpx>=0.27", "redis"], extras_require={"web": WEB, "dev": ["respx"]})
=== acme/__init__.py
import httpx, redis, celery, respx, kombu
""",
        missing=("acme/__init__.py kombu", "acme/__init__.py respx"),
        deptry=None,
        why=_NOT_READ,
    ),
    Shape(
        "what builds the product",
        """\
=== pyproject.toml
[build-system]
requires = ["setuptools>=61", "Cython>=3", "My_Build.Tool"]
build-backend = "setuptools.build_meta"
[project]
name = "acme"
dependencies = ["httpx"]
=== setup.py
from Cython.Build import cythonize
import my_build_tool
from setuptools import setup
setup(ext_modules=cythonize("acme/*.pyx"))
=== acme/__init__.py
import httpx, Cython
""",
        missing=("acme/__init__.py Cython",),
    ),
    Shape(
        "setup.py that reads requirements.txt",
        """\
=== setup.py
from pathlib import Path
from setuptools import setup
setup(name="acme", install_requires=Path("requirements.txt").read_text().splitlines())
=== requirements.txt
httpx
=== acme/__init__.py
import httpx, redis
""",
        missing=("acme/__init__.py redis",),
    ),
    Shape(
        "Pipfile",
        """\
=== Pipfile
[[source]]
url = "https://example.org/simple"
[packages]
httpx = "*"
sender = {git = "https://github.com/acme/sender.git"}
[dev-packages]
respx = "*"
[requires]
python_version = "3.11"
=== app/a.py
import httpx, sender, respx, redis
=== tests/test_a.py
import respx
""",
        missing=("app/a.py redis", "app/a.py respx"),
        deptry=None,
        why=_NOT_READ,
    ),
    Shape(
        "a conda environment alone",
        """\
=== environment.yml
dependencies:
  - httpx
  - pip:
      - redis
=== app/a.py
import httpx, redis
""",
        missing=("app/a.py A902",),
        deptry=None,
        why="checks.md names no conda environment: no manifest is found, and the finding says which ones would do",
    ),
    Shape(
        "a conda environment that forge.json names",
        """\
=== forge.json
{"backend": {"dependency_file": "environment.yml"}}
=== environment.yml
dependencies:
  - httpx
=== app/a.py
import httpx
""",
        missing=("app/a.py httpx", "environment.yml A903"),
        deptry=None,
        why="a manifest that nothing here reads is not believed",
    ),
    Shape(
        "dependencies that a script declares in itself",
        """\
=== requirements.txt
httpx
=== tool.py
# /// script
# requires-python = ">=3.11"
# dependencies = ["redis"]
# ///
import httpx, redis, celery
=== other.py
import redis
""",
        missing=("other.py redis", "tool.py celery"),
        deptry=("other.py redis", "tool.py celery", "tool.py redis"),
        why="deptry does not read the block of a script (PEP 723)",
    ),
)

_LAYOUTS = (
    Shape(
        "packages beside each other at the top",
        """\
=== requirements.txt
httpx
=== web/__init__.py
=== web/views.py
import jobs.queue, httpx, redis
from web import models
from . import models
=== web/models.py
=== jobs/__init__.py
=== jobs/queue.py
import web.models, main
=== main.py
import web, jobs, httpx
""",
        missing=("web/views.py redis",),
    ),
    Shape(
        "src",
        """\
=== pyproject.toml
[project]
name = "acme-tool"
dependencies = ["httpx"]
=== src/acme_tool/__init__.py
=== src/acme_tool/a.py
import acme_tool, httpx
from acme_tool.b import x
from .b import y
=== src/acme_tool/b.py
import redis
=== tests/test_a.py
import acme_tool
""",
        missing=("src/acme_tool/b.py redis",),
        options=("src",),
    ),
    Shape(
        "a namespace package",
        """\
=== pyproject.toml
[project]
name = "acme-mail"
dependencies = ["httpx", "google-cloud-storage"]
=== src/acme/mail/__init__.py
import acme.mail.send, httpx, redis
=== src/acme/mail/send.py
from google.cloud import storage
""",
        missing=("src/acme/mail/__init__.py redis",),
        options=("src", "--experimental-namespace-package"),
    ),
    Shape(
        "distributions that share a name",
        """\
=== requirements.txt
google-cloud-storage
=== app/a.py
from google.cloud import storage, bigquery
""",
        missing=("app/a.py google",),
        deptry=(),
        why="deptry compares the first part of a name only, which all distributions below google share",
    ),
    Shape(
        "a folder that stands for the root of packages",
        """\
=== pyproject.toml
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "acme"
dependencies = ["httpx"]
[tool.setuptools.package-dir]
"" = "lib/python"
=== lib/python/acme/__init__.py
import acme.deep, httpx, redis
=== lib/python/acme/deep/__init__.py
import acme
""",
        missing=("lib/python/acme/__init__.py redis",),
        options=("lib/python",),
    ),
    Shape(
        "two projects in one repository",
        """\
=== services/api/pyproject.toml
[project]
name = "api"
dependencies = ["httpx"]
=== services/api/api/__init__.py
import api, httpx, redis
=== services/jobs/pyproject.toml
[project]
name = "jobs"
dependencies = ["redis"]
=== services/jobs/jobs/__init__.py
import jobs, redis, httpx
""",
        missing=("services/api/api/__init__.py redis", "services/jobs/jobs/__init__.py httpx"),
        folders=("services/api", "services/jobs"),
    ),
    Shape(
        "a workspace whose members import each other",
        """\
=== pyproject.toml
[tool.uv.workspace]
members = ["packages/*"]
=== packages/core/pyproject.toml
[project]
name = "acme-core"
dependencies = ["httpx"]
=== packages/core/src/acme_core/__init__.py
import httpx, acme_core, redis
=== packages/web/pyproject.toml
[project]
name = "acme-web"
dependencies = ["acme-core"]
[tool.uv.sources]
acme-core = {workspace = true}
=== packages/web/src/acme_web/__init__.py
import acme_core, httpx
""",
        missing=("packages/core/src/acme_core/__init__.py redis", "packages/web/src/acme_web/__init__.py httpx"),
        folders=("packages/core", "packages/web"),
        options=("src",),
    ),
    Shape(
        "scripts beside each other",
        """\
=== requirements.txt
httpx
=== fetch.py
import parse, store, httpx, redis
=== parse.py
from store import keep
=== store.py
import sqlite3
""",
        missing=("fetch.py redis",),
    ),
    Shape(
        "scripts beside each other in a folder",
        """\
=== requirements.txt
httpx
=== jobs/fetch.py
import parse, httpx, redis
=== jobs/parse.py
import fetch
""",
        missing=("jobs/fetch.py redis",),
        deptry=("jobs/fetch.py parse", "jobs/fetch.py redis", "jobs/parse.py fetch"),
        why="a script imports what stands beside it; deptry looks at the top of the project only",
    ),
)

_BESIDE = (
    Shape(
        "settings of tools alone are no manifest",
        """\
=== pyproject.toml
[tool.ruff]
line-length = 100
=== requirements.txt
httpx
=== app/a.py
import httpx, ruff
""",
        missing=("app/a.py ruff",),
    ),
    Shape(
        "a back end in a folder of its own",
        """\
=== forge.json
{"backend": {"language": "python", "dependency_file": "backend/requirements.txt", "test_dir": "backend/tests"}}
=== backend/requirements.txt
httpx
=== backend/app/__init__.py
=== backend/app/main.py
from app import store
import httpx, redis
=== backend/app/store.py
import app.main
=== backend/tests/test_main.py
from app.main import x
""",
        missing=("backend/app/main.py redis",),
        folders=("backend",),
    ),
    Shape(
        "a package that poetry takes from a folder",
        """\
=== pyproject.toml
[tool.poetry]
name = "acme"
packages = [{include = "acme", from = "lib"}]
[tool.poetry.dependencies]
httpx = "*"
=== lib/acme/__init__.py
import acme.deep, httpx, redis
=== lib/acme/deep.py
import acme
""",
        missing=("lib/acme/__init__.py redis",),
        options=("lib",),
    ),
    Shape(
        "tests that need what nobody declares",
        """\
=== requirements.txt
httpx
=== app.py
import httpx
=== tests/conftest.py
import plain
=== tests/plain.py
import app, respx
=== tests/test_app.py
from .plain import x
import plain, httpx
""",
        missing=("tests/plain.py respx",),
        deptry=(),
        why="deptry leaves out a folder of tests; the contract wants an entry for every import",
    ),
    Shape(
        "a notebook beside modules",
        """\
=== requirements.txt
httpx
=== app.py
import httpx, redis
=== look.ipynb
{"cells": [{"cell_type": "code", "source": ["import celery"], "metadata": {}, "outputs": [], "execution_count": 1}],
 "metadata": {"language_info": {"name": "python"}}, "nbformat": 4, "nbformat_minor": 5}
""",
        missing=("app.py redis",),
        deptry=("app.py redis", "look.ipynb celery"),
        why="the specification speaks of Python files; a changed notebook is told as not judged (A908)",
    ),
)

_FORMS = (
    Shape(
        "imports in every form",
        """\
=== requirements.txt
httpx
=== app/a.py
import importlib, httpx as h
from redis.asyncio import *
def later():
    import celery.app
    importlib.import_module("kombu.mixins")
class Lazy:
    if True:
        from vine import promise
""",
        missing=("app/a.py celery", "app/a.py kombu", "app/a.py redis", "app/a.py vine"),
    ),
    Shape(
        "imports that only a call makes",
        """\
=== requirements.txt
httpx
=== app/a.py
import runpy
__import__("redis")
exec("import celery")
runpy.run_module("kombu")
""",
        missing=("app/a.py celery", "app/a.py kombu", "app/a.py redis"),
        deptry=(),
        why="deptry follows importlib.import_module and no other call",
    ),
    Shape(
        "what a program may go without",
        """\
=== pyproject.toml
[project]
name = "acme"
requires-python = ">=3.9"
dependencies = ["httpx"]
=== acme/a.py
try:
    import orjson
except ImportError:
    orjson = None
try:
    import tomllib
except ImportError:
    import tomli as tomllib
""",
        deptry=("acme/a.py orjson", "acme/a.py tomli"),
        why="guarded imports are marked, and noted (A909): the program says that it works without them",
    ),
    Shape(
        "what only a type checker reads",
        """\
=== requirements.txt
httpx
=== app/a.py
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    import redis
""",
        deptry=(),
        why="both let it be",
    ),
)

SHAPES = (*_REQUIREMENTS, _EDITABLE, *_PYPROJECT, *_OTHERS, *_LAYOUTS, *_BESIDE, *_FORMS)
