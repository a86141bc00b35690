"""A9 as builders meet it: ways to bring in a dependency that nobody declared, and honest projects that a careless gate would fail."""

from __future__ import annotations

import pytest

from tests.checks.test_a9_dependencies import Repository, app
from tests.support.project_shapes import Shape, missing, ruled

PRODUCT = "=== requirements.txt\nhttpx\n=== app/__init__.py\n=== app/a.py\n"


def noted(shape: Shape) -> list[str]:
    return [note.code for note in ruled(shape).notes]


@pytest.mark.req("S002-10.7-A9")
@pytest.mark.parametrize(
    "source",
    [
        "import sys\nsys.path.insert(0, '/opt/libs')\nimport boltons\n",
        "import sys\nif sys.platform == 'win32':\n    import boltons\n",
        "import os\nif os.name == 'nt' or os.environ.get('FAST'):\n    import boltons\n",
        "if False:\n    import boltons\n",
        "from boltons import *\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING or True:\n    import boltons\n",
        "try:\n    import boltons\nexcept ModuleNotFoundError:\n    import os\n    os.system('pip install boltons')\n    raise\n",
        "try:\n    import boltons.iterutils\n    boltons.iterutils.first([])\nexcept Exception:\n    pass\n",
        "for name in ('bol' + 'tons', 'json'):\n    globals()[name] = __import__(name)\n",
        "def lazily():\n    from importlib import import_module\n    return import_module('.iterutils', package='boltons')\n",
        "class Late:\n    @property\n    def client(self):\n        import boltons\n        return boltons\n",
        "x = 1; import boltons  # noqa  # type: ignore\n",
    ],
)
def test_no_way_of_writing_it_makes_an_undeclared_import_declared(source: str) -> None:
    assert missing(ruled(Shape("", PRODUCT + source))) == ("app/a.py boltons",)


@pytest.mark.parametrize(
    "beside",
    [
        "=== boltons.pth\nimport boltons\n",
        "=== app/boltons.pth\n/opt/libs\n",
        "=== libs/site-packages/boltons/__init__.py\n",
        "=== vendor/boltons/__init__.py\n",
        "=== boltons.pyc\n\n",
        "=== boltons/README.md\n",
        "=== boltons-stubs/__init__.pyi\n",
        "=== requirements.lock\nboltons==1\n",
        "=== poetry.lock\n[[package]]\nname = 'boltons'\n",
        "=== environment.yml\ndependencies: [boltons]\n",
        "=== requirements-dev.txt\nboltons\n",
        "=== other/requirements.txt\nboltons\n",
        "=== pyproject.toml\n[tool.boltons]\ndependencies = ['boltons']\n[build-system]\nrequires = ['boltons']\n",
        "=== setup.cfg\n[metadata]\nname = boltons\n",
    ],
)
def test_nothing_that_stands_beside_a_manifest_declares_for_the_product(beside: str) -> None:
    assert missing(ruled(Shape("", f"{PRODUCT}import boltons\n{beside}"))) == ("app/a.py boltons",)


@pytest.mark.parametrize("declared", ["requests-mock", "types-requests", "requests2", "requests_oauthlib", "py-requests", "Requests.Cache"])
def test_a_distribution_with_the_name_in_its_name_does_not_bring_it(declared: str) -> None:
    assert missing(ruled(Shape("", f"=== requirements.txt\n{declared}\n=== a.py\nimport requests\n"))) == ("a.py requests",)


@pytest.mark.parametrize(
    ("source", "note"),
    [
        ("try:\n    import boltons\nexcept ImportError:\n    boltons = None\ndef use():\n    return boltons.x\n", "A909"),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import boltons\ndef use():\n    return boltons.x\n", "A912"),
    ],
)
def test_an_import_that_says_it_may_be_absent_is_told_although_it_is_used(source: str, note: str) -> None:
    # Whether the use is reached without the module, nobody knows who does not run it: the note names the line.
    shape = Shape("", PRODUCT + source)
    assert (missing(ruled(shape)), noted(shape)) == ((), [note])


HONEST = (
    Shape(
        "the standard library of the declared Python",
        """\
=== pyproject.toml
[project]
name = "acme"
requires-python = ">=3.11"
dependencies = []
=== acme.py
import sys, tomllib, zoneinfo, graphlib, asyncio.taskgroups, sqlite3, _thread, __main__
if sys.implementation.name == "pypy":
    import __pypy__
""",
    ),
    Shape(
        "backports with a marker",
        """\
=== pyproject.toml
[project]
name = "acme"
requires-python = ">=3.8"
dependencies = ["tomli; python_version < '3.11'", "importlib-metadata; python_version < '3.8'", "typing_extensions"]
=== acme.py
import sys
if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib
try:
    from importlib import metadata
except ImportError:
    import importlib_metadata as metadata
import typing_extensions
""",
    ),
    Shape(
        "plugins of pytest, shared fixtures and helpers",
        """\
=== pyproject.toml
[project]
name = "acme"
dependencies = ["httpx"]
[dependency-groups]
test = ["pytest", "pytest-asyncio", "pytest_mock", "freezegun", "factory-boy", "Faker", "hypothesis"]
[tool.pytest.ini_options]
pythonpath = ["src", "tests/lib"]
=== src/acme/__init__.py
import httpx
=== tests/conftest.py
import pytest, pytest_asyncio, freezegun, factory, faker
pytest_plugins = ["tests.fixtures.web", "pytester"]
=== tests/fixtures/web.py
from _pytest.monkeypatch import MonkeyPatch
=== tests/lib/shared.py
=== tests/unit/test_a.py
import acme, shared, hypothesis
from pytest_mock import MockerFixture
from conftest import client
from tests.fixtures.web import web
from .support import y
""",
    ),
    Shape(
        "django with its apps",
        """\
=== requirements/base.txt
Django>=5
djangorestframework
django-cors-headers
django-filter
django-environ
django-storages[s3]
psycopg[binary]
=== requirements/dev.txt
-r base.txt
django-debug-toolbar
=== manage.py
import os, sys
from django.core.management import execute_from_command_line
=== config/__init__.py
=== config/settings/base.py
import environ
=== config/settings/dev.py
from .base import *
from config.settings.base import INSTALLED_APPS
=== config/urls.py
from django.urls import include, path
from shop import views
=== shop/__init__.py
=== shop/views.py
import rest_framework, corsheaders, django_filters, storages.backends
from .models import Item
from shop.migrations import *
=== shop/models.py
=== shop/migrations/0001_initial.py
from django.db import migrations
=== shop/tests.py
import debug_toolbar, shop.models
""",
    ),
    Shape(
        "a package of plugins found by entry points",
        """\
=== pyproject.toml
[project]
name = "acme-mail-plugin"
dependencies = ["acme-core", "pluggy"]
[project.entry-points."acme.plugins"]
mail = "acme_mail_plugin.mail:Plugin"
=== src/acme_mail_plugin/__init__.py
=== src/acme_mail_plugin/mail.py
import pluggy, acme_core.api, acme_mail_plugin
from importlib.metadata import entry_points
""",
    ),
    Shape(
        "parts of large namespaces",
        """\
=== requirements.txt
google-cloud-storage
google-cloud-pubsub
google-auth
google-api-python-client
protobuf
grpcio
azure-identity
azure-storage-blob
opentelemetry-api
opentelemetry-instrumentation-fastapi
ruamel.yaml
=== a.py
from google.cloud import storage, pubsub_v1
from google.oauth2 import service_account
import google.auth.transport.requests, google.protobuf.timestamp_pb2, grpc, googleapiclient.discovery
from azure.storage.blob import BlobServiceClient
import azure.identity, ruamel.yaml, opentelemetry.trace
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
""",
    ),
    Shape(
        "what is made while it is built",
        """\
=== pyproject.toml
[project]
name = "acme"
dependencies = []
[tool.setuptools_scm]
version_file = "src/acme/_version.py"
=== src/acme/__init__.py
from ._version import version
from acme._version import version_tuple
from acme import _speedups
=== src/acme/_speedups.c
=== src/acme/cli/__main__.py
from acme.cli.main import main
=== src/acme/cli/main.py
from ..cli import __main__
""",
    ),
    Shape(
        "migrations in a folder with a famous name",
        """\
=== requirements.txt
alembic
SQLAlchemy
celery
=== alembic/env.py
from alembic import context
from sqlalchemy import pool
from proj.models import Base
=== alembic/versions/0001.py
from alembic import op
import sqlalchemy as sa
=== proj/__init__.py
from .celery import app
=== proj/celery.py
from celery import Celery
=== proj/models.py
from sqlalchemy.orm import declarative_base
""",
    ),
)


@pytest.mark.parametrize("shape", HONEST, ids=lambda shape: shape.name)
def test_an_honest_project_has_nothing_to_declare(shape: Shape) -> None:
    assert (missing(ruled(shape)), noted(shape)) == ((), [])


def decoy(importing: str, *new: str) -> list[str]:
    """The codes of a cycle that imports something, and brings files that might explain it."""
    repository = app(importing)
    for path in new:
        repository.changes(path, "")
    return repository.codes()


@pytest.mark.parametrize(
    "path", ["tests/boltons/__init__.py", "app_tests/boltons/__init__.py", "tests/unit/boltons/__init__.py", "tests/boltons.py"]
)
def test_a_package_of_a_test_explains_nothing_to_the_product(path: str) -> None:
    assert decoy("import boltons\n", path) == ["A901"]
    assert app("").has(path).changes("tests/test_x.py", "import boltons\n").codes() == []


def test_a_folder_of_this_cycle_with_nothing_but_stubs_explains_no_import() -> None:
    for stub in ("boltons/__init__.pyi", "boltons/iterutils.pyi", "src/boltons/deep/x.pyi"):
        assert decoy("import boltons.iterutils\n", stub) == ["A901"], stub
        assert decoy("import boltons.iterutils\n", stub, stub.replace("x.pyi", "x.c").replace(".pyi", ".rs")) == [], stub
        assert app("import boltons.deep\n").has(stub).codes() == [], stub
    built = Repository(None, None).says("pyproject.toml", '[build-system]\nrequires = ["maturin>=1"]\n[project]\nname = "a"\n')
    assert built.changes("boltons/__init__.pyi", "").changes("app/a.py", "import boltons\n").codes() == []


@pytest.mark.parametrize(("path", "module"), [("noxfile.py", "nox"), ("deploy/fabfile.py", "fabric"), ("locustfile.py", "locust")])
def test_a_file_that_a_tool_runs_is_given_the_module_of_that_tool_and_no_other(path: str, module: str) -> None:
    assert app("").changes(path, f"import {module}\n").codes() == []
    assert app("").changes(path, f"import {module}\nimport boltons\n").codes() == ["A901"]
    assert app("").changes(f"app/{module}_jobs.py", f"import {module}\n").codes() == ["A901"]
