"""The table of facts, and the standard library of declared versions."""

from __future__ import annotations

import pytest

from forgewatch.core.distribution_names import CLOUD, DATABASES, GENERAL, SCIENCE, WEB
from forgewatch.core.distribution_namespaces import PREFIXES
from forgewatch.core.distributions import FAMOUS, TABLE, candidates, is_known, is_namespace, modules_of, normalised
from forgewatch.core.source_kinds import is_python, language_of
from forgewatch.core.standard_library import MINORS, declared_minors, is_standard


def test_at_least_three_hundred_distributions_have_another_name_than_their_import() -> None:
    differing = {name for module, names in TABLE.items() for name in names if name != normalised(module)}
    assert len(differing) >= 300


def test_the_table_is_normalised_without_duplicates_and_holds_no_identity() -> None:
    rows = " ".join((GENERAL, WEB, CLOUD, DATABASES, SCIENCE, PREFIXES)).split()
    modules = [row.partition("=")[0] for row in rows]
    assert len(modules) == len(set(modules)) == len(TABLE)
    for module, names in TABLE.items():
        assert all(name == normalised(name) for name in names), module
        assert len(set(names)) == len(names), module
        assert names != (normalised(module),) or "." in module, module


@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("yaml", ("pyyaml",)),
        ("yaml.loader", ("pyyaml",)),
        ("psycopg2.extras", ("psycopg2", "psycopg2-binary")),
        ("google.cloud.storage.blob", ("google-cloud-storage",)),
        ("google.protobuf", ("protobuf",)),
        ("azure.storage.blob", ("azure-storage-blob",)),
        ("azure.mgmt.compute.models", ("azure-mgmt-compute-models", "azure-mgmt-compute", "azure-mgmt", "azure")),
        ("zope.interface", ("zope-interface", "zope")),
        ("ruamel.yaml", ("ruamel-yaml",)),
        ("aws_cdk.aws_s3", ("aws-cdk-lib", "aws-cdk-core", "aws-cdk-aws-s3", "aws-cdk")),
        ("requests.adapters", ("requests",)),
        ("Flask_Login", ("flask-login",)),
    ],
)
def test_candidates_are_the_distributions_that_bring_a_module(module: str, names: tuple[str, ...]) -> None:
    assert candidates(module) == names


@pytest.mark.parametrize(
    ("module", "declared"),
    [
        *(("tlz", "toolz"), ("yaml_env_tag", "pyyaml_env_tag"), ("rattler", "py-rattler"), ("proxy", "proxy.py"), ("sass", "libsass")),
        *(("hydra", "hydra-core"), ("xdist.plugin", "pytest-xdist"), ("pymdownx.emoji", "pymdown-extensions"), ("web", "web.py")),
        *(("material.extensions", "mkdocs-material"), ("poetry.core.masonry", "poetry-core"), ("poetry", "poetry")),
        *(("llama_index.core", "llama-index-core"), ("facebook", "facebook-sdk"), ("bencode", "bencode.py"), ("cupyx", "cupy-cuda12x")),
        *(("localflavor", "django-localflavor"), ("rest_auth", "django-rest-auth"), ("impersonate", "django-impersonate")),
        *(("requirements", "requirements-parser"), ("rpds", "rpds-py"), ("cpuinfo", "py-cpuinfo"), ("hcl2", "python-hcl2")),
        *(("absl.logging", "absl-py"), ("agents", "openai-agents"), ("haystack", "haystack-ai"), ("fpdf", "fpdf2"), ("fpdf", "fpdf")),
        *(("PySide6.QtCore", "PySide6-Essentials"), ("pydantic_ai", "pydantic-ai-slim"), ("piptools", "pip-tools"), ("capnp", "pycapnp")),
        *(("push_notifications", "django-push-notifications"), ("redis_cache", "django-redis-cache"), ("skbuild", "scikit-build")),
    ],
)
def test_a_distribution_is_known_by_the_module_it_brings(module: str, declared: str) -> None:
    assert normalised(declared) in candidates(module)


def test_an_ordinary_word_is_no_name_that_only_a_distribution_has() -> None:
    assert [name for name in ("yaml", "requests", "google", "web", "pipeline", "agents", "requirements", "nowhere") if is_known(name)] == [
        "yaml",
        "requests",
        "google",
    ]


def test_the_operators_longest_row_decides_alone() -> None:
    rows = (("acme", "acme-one"), ("acme.db", "Acme_Two"), ("acme.db", "acme-three"), ("yaml", "acme-yaml"))
    assert candidates("acme.db.x", rows) == ("acme-two", "acme-three")
    assert candidates("acme.x", rows) == ("acme-one",)
    assert candidates("yaml", rows) == ("acme-yaml",)


def test_names_of_one_import_are_told_apart_only_where_distributions_differ() -> None:
    assert modules_of("google.cloud", ("storage", "bigquery")) == ("google.cloud.storage", "google.cloud.bigquery")
    assert modules_of("yaml", ("load", "dump")) == ("yaml",)
    assert modules_of("yaml", ("*",)) == ("yaml",)
    assert modules_of("google.cloud", ("*",)) == ("google.cloud",)
    assert modules_of("yaml.loader", ()) == ("yaml.loader",)
    assert is_namespace("google") and not is_namespace("yaml")


def test_famous_names_are_no_words_a_project_would_use_for_itself() -> None:
    assert len(FAMOUS) >= 60
    assert not FAMOUS & {"app", "config", "core", "utils", "models", "api", "main", "db", "git", "magic"}


@pytest.mark.parametrize(
    ("requirement", "minors"),
    [
        (">=3.11", range(11, 16)),
        (">=3.9,<3.12", range(9, 12)),
        ("^3.12", range(12, 16)),
        ("~3.11", [11]),
        ("~=3.11", range(11, 16)),
        ("3.12+", range(12, 16)),
        ("3.12", [12]),
        ("3.12.*", [12]),
        ("~3.11.2", [11]),
        ("3.11.2", [11]),
        ("==3.11.2", [11]),
        ("==3.10.14 ", [10]),
        ("===3.11.2", [11]),
        (">=3.11.2,<3.11.9", [11]),
        (">=3.11.4", range(11, 16)),
        ("nonsense", MINORS),
        (">=2.7,<3", MINORS),
    ],
)
def test_a_declaration_of_python_allows_minor_versions(requirement: str, minors: range | list[int]) -> None:
    assert sorted(declared_minors([requirement])) == list(minors)


def test_several_declarations_hold_together_unless_they_exclude_each_other() -> None:
    assert sorted(declared_minors([">=3.10", "<3.12"])) == [10, 11]
    assert sorted(declared_minors([">=3.12", "<3.11"])) == [12, 13, 14, 15]


def test_a_module_is_standard_when_it_is_in_any_declared_version() -> None:
    assert is_standard("tomllib", frozenset({10, 11})) and not is_standard("tomllib", frozenset({10}))
    assert is_standard("tomllib", frozenset({MINORS[-1]})) and not is_standard("cgi", frozenset({MINORS[-1]}))
    assert is_standard("distutils.core", frozenset({11})) and not is_standard("distutils", frozenset({12, 13}))
    assert is_standard("os.path", frozenset({12})) and is_standard("__future__", frozenset({12})) and is_standard("__main__", frozenset())
    assert not is_standard("requests", frozenset(MINORS))


def test_the_kind_of_a_source_is_told_by_suffix_or_first_line() -> None:
    assert all(map(is_python, ["a.py", "b/c.pyi", "d.pyw"]))
    assert is_python("app/TOOL.PY")
    assert is_python("bin/run", b"#!/usr/bin/env python3\n") and is_python("bin/run.sh", b"#!/usr/bin/python3 -I\n")
    assert is_python("bin/run", b"#!/usr/bin/env -S uv run --script\n") and is_python("run", b"#!/usr/bin/env -S python3 -u\n")
    assert not is_python("bin/run.sh", b"#!/bin/sh\n") and not is_python("run.py.j2", b"#!/usr/bin/env python3\n")
    assert is_python("conf.d/run", b"#!/usr/bin/env python3\n")
    assert language_of("docs/run.md", b"#!/usr/bin/env node\n") is None
    assert (language_of("a/b.tsx"), language_of("a.py"), language_of("Makefile")) == ((".tsx", "TypeScript"), None, None)
