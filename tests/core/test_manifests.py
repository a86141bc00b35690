"""What manifests declare, in all the shapes people write them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forgewatch.core.defect import Defect
from forgewatch.core.forge_json import ForgeJson, read_forge_json
from forgewatch.core.limits import LIMITS
from forgewatch.core.manifest import Group, Include, Manifest, beside, extra_group, group_of
from forgewatch.core.manifests import (
    MOST_MANIFESTS,
    declarations,
    declared,
    is_left_out,
    is_python_manifest,
    load_manifests,
    nearest,
    place_of,
    referenced_manifests,
    wanted_manifests,
)
from forgewatch.core.pytest_settings import PytestSettings, pytest_settings
from forgewatch.core.values import Absent, Content, RepoPath, Unreadable

R = RepoPath


def names(manifest: Manifest, group: Group = Group.RUNTIME) -> list[str]:
    return [entry.name for entry in manifest.declared if entry.group is group]


def read(text: str, path: str = "requirements.txt") -> Manifest:
    return declared(R(path), text.encode())


def test_requirements_in_every_form_are_read() -> None:
    text = """
    # a comment with requests in it
    Flask
    PyYAML>=6 ; python_version < "4"   # the reader
    pyjwt[crypto]==2.8.0 \\
        --hash=sha256:aaaa \\
        --hash=sha256:bbbb
    zope.interface ~= 6.0
    acme @ https://acme.io/acme-1.0-py3-none-any.whl#sha256=aa
    name@git+https://github.com/x/other.git
    git+https://github.com/org/My_Tool.git@v1.0
    git+ssh://git@github.com/org/plain.git#egg=Egg_Name&subdirectory=x
    https://files.acme.io/packages/some_wheel-1.2.3-py3-none-any.whl
    https://files.acme.io/packages/archive-1.2.tar.gz#sha256=00
    https://github.com/x/y-z/archive/part-1.0.zip#subdirectory=libs/part
    -e git@github.com:org/by_ssh.git
    flags --hash=sha256:aa
    joined\\
    >=2
    ./wheels/local_lib-2.0-py3-none-any.whl
    --index-url https://acme.io/simple
    -f ./wheels
    --no-binary :all:
    """
    manifest = read(text)
    assert manifest.defects == ()
    assert names(manifest) == [
        *("flask", "pyyaml", "pyjwt", "zope-interface", "acme", "name", "my-tool", "egg-name", "some-wheel", "archive", "part", "by-ssh"),
        *("flags", "joined", "local-lib"),
    ]


def test_options_take_in_other_files_and_folders() -> None:
    text = "-r base.txt\n--requirement=../common.txt\n-c constraints.txt\n-rshort.txt\n-e ./libs/one\n--editable .\n./libs/two[extra]\n-c https://acme.io/c.txt\n"
    text += "-r 'Xtra.txt'\n--constraint more.txt\n-e 'X/three'\n./libs/four;python_version<'4'\n./libs/five ; python_version<'4'\n"
    manifest = read(text, "req/requirements.txt")
    assert manifest.defects == ()
    assert manifest.includes == (
        Include(R("req/base.txt"), Group.RUNTIME, False, 1),
        Include(R("common.txt"), Group.RUNTIME, False, 2),
        Include(R("req/constraints.txt"), Group.RUNTIME, True, 3),
        Include(R("req/short.txt"), Group.RUNTIME, False, 4),
        Include(R("req/Xtra.txt"), Group.RUNTIME, False, 9),
        Include(R("req/more.txt"), Group.RUNTIME, True, 10),
    )
    assert manifest.roots == ("req/libs/one", "req", "req/libs/two", "req/X/three", "req/libs/four", "req/libs/five")
    assert referenced_manifests(R("req/requirements.txt"), text.encode())[1] == "common.txt"


@pytest.mark.parametrize(
    "line", ["???", "-r ../../out.txt", "-r https://acme.io/x.txt", "https://", "== 1.0", "plain words here", "/abs/path"]
)
def test_a_line_that_cannot_be_understood_is_a_defect_with_its_line(line: str) -> None:
    (defect,) = read(f"flask\n{line}\n").defects
    assert defect.line == 2


def test_a_continuation_reaches_the_end_of_the_file() -> None:
    assert names(read("flask\nrequests \\")) == ["flask", "requests"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-8"])
def test_a_mark_says_the_encoding(encoding: str) -> None:
    assert names(declared(R("requirements.txt"), "flask\r\nrequests\r\n".encode(encoding))) == ["flask", "requests"]
    big = b"\xfe\xff" + "flask\n".encode("utf-16-be")
    assert names(declared(R("requirements.txt"), big)) == ["flask"]


def test_bytes_that_are_no_text_are_a_defect() -> None:
    for path in ("requirements.txt", "pyproject.toml", "setup.cfg", "Pipfile"):
        (defect,) = declared(R(path), b"\na\n\xff").defects
        assert (defect.line, defect.why) == (3, "expected utf-8, found byte 0xff")


@pytest.mark.parametrize("path", ["pyproject.toml", "Pipfile"])
def test_a_table_may_begin_with_a_mark_of_its_encoding(path: str) -> None:
    text = "[packages]\nflask = '*'\n[project]\ndependencies = ['flask']\n"
    assert names(declared(R(path), text.encode("utf-8-sig"))) == ["flask"]


def test_pyproject_declares_in_its_tables() -> None:
    text = """
    [build-system]
    requires = ["hatchling>=1", "??"]
    [project]
    name = "x"
    requires-python = ">=3.11"
    dependencies = ["FastAPI[all]>=0.1", "requests; python_version<'4'"]
    [project.optional-dependencies]
    pg = ["asyncpg"]
    test = ["pytest"]
    [dependency-groups]
    dev = ["ruff", {include-group = "lint"}]
    [tool.uv]
    dev-dependencies = ["uvdev"]
    [tool.pdm.dev-dependencies]
    x = ["pdmdev", "-e file:///${PROJECT_ROOT}/plugins"]
    [tool.hatch.envs.default]
    dependencies = ["hatchdev"]
    extra-dependencies = ["hatchmore"]
    [tool.setuptools.packages.find]
    where = ["lib"]
    [tool.setuptools.package-dir]
    "" = "python"
    [tool.setuptools.dynamic]
    dependencies = {file = ["deps.txt", "https://no"]}
    [tool.pytest.ini_options]
    pythonpath = "a b"
    [tool.requests]
    numpy = "1"
    """
    manifest = read(text, "pyproject.toml")
    assert names(manifest) == ["fastapi", "requests"]
    assert names(manifest, Group.OPTIONAL) == ["asyncpg"]
    assert names(manifest, Group.DEVELOPMENT) == ["pytest", "ruff", "uvdev", "hatchdev", "hatchmore", "pdmdev", "plugins"]
    assert (manifest.build, manifest.pythons, manifest.roots) == (("hatchling",), (">=3.11",), ("a", "b", "lib", "python"))
    assert manifest.includes == (Include(R("deps.txt"), Group.RUNTIME),)


def test_poetry_declares_in_its_tables() -> None:
    text = """
    [tool.poetry.dependencies]
    python = "^3.11"
    Django = "^5"
    psycopg = {version = "3", optional = true}
    [tool.poetry.dev-dependencies]
    black = "*"
    [tool.poetry.group.test.dependencies]
    pytest = "*"
    """
    manifest = read(text, "pyproject.toml")
    assert (names(manifest), names(manifest, Group.OPTIONAL), manifest.pythons) == (["django"], ["psycopg"], ("^3.11",))
    assert names(manifest, Group.DEVELOPMENT) == ["black", "pytest"]


@pytest.mark.parametrize(
    ("project", "found"),
    [
        ("name = 'a'", ["celery"]),
        ("dependencies = []", ["celery"]),
        ("dependencies = ['httpx']", ["httpx"]),
        ("optional-dependencies.x = ['httpx']", []),
        ("dependencies = ['httpx']\ndynamic = ['version']", ["httpx"]),
        ("dependencies = ['httpx']\ndynamic = ['optional-dependencies']", ["httpx", "celery"]),
        ("optional-dependencies.x = ['httpx']\ndynamic = ['dependencies']", ["celery"]),
    ],
)
def test_the_table_of_poetry_only_enriches_what_the_project_declares_itself(project: str, found: list[str]) -> None:
    assert names(read(f"[project]\n{project}\n[tool.poetry.dependencies]\ncelery = '*'\n", "pyproject.toml")) == found


def test_a_pyproject_without_a_place_for_dependencies_declares_nothing() -> None:
    assert not read("[tool.ruff]\nline-length = 1\n", "pyproject.toml").declares
    assert read("[project]\nname = 'a'\n", "pyproject.toml").declares
    assert read("[tool.poetry]\nname = 'a'\n", "pyproject.toml").declares
    assert read("[tool.uv]\ndev-dependencies = ['a']\n", "pyproject.toml").declares
    assert read("[tool.pdm.dev-dependencies]\na = ['b']\n", "pyproject.toml").declares
    assert read("[tool.setuptools.dynamic]\ndependencies = {file = 'a.txt'}\n", "pyproject.toml").declares
    assert read("[dependency-groups]\n", "pyproject.toml").declares


def test_extras_that_stand_in_files_are_read_like_dependencies_that_do() -> None:
    text = (
        "[tool.setuptools.dynamic]\noptional-dependencies.http = {file = ['reqs/http.txt']}\noptional-dependencies.dev = {file = 'd.txt'}\n"
    )
    assert [(include.path, include.group) for include in read(text, "pyproject.toml").includes] == [
        ("reqs/http.txt", Group.OPTIONAL),
        ("d.txt", Group.DEVELOPMENT),
    ]


def test_an_odd_requirement_or_shape_in_a_table_is_no_crash() -> None:
    assert read("[project]\ndependencies = ['??', 3]\n", "pyproject.toml").defects == (Defect("expected a requirement, found '??'"),)
    assert read("tool.pdm.dev-dependencies.x = ['??']\n", "pyproject.toml").defects == (Defect("expected a requirement, found '??'"),)
    assert read("project = 3\ntool = []\n", "pyproject.toml").declared == ()
    (defect,) = read("[a]\nb = \n", "pyproject.toml").defects
    assert defect.why.startswith("expected TOML, found: Invalid value ")
    assert defect.line == 2
    assert read("x = " + "[" * 100_000, "pyproject.toml").defects


def test_setup_cfg_declares_in_its_options() -> None:
    text = """
[options]
install_requires =
    requests>=2
    # yaml
    PyYAML
python_requires = >=3.9
tests_require = respx
[options.extras_require]
docs = sphinx
pg = asyncpg
more = file: more.txt, ../out.txt
"""
    manifest = read(text, "setup.cfg")
    assert (manifest.declares, manifest.defects) == (True, ())
    assert (names(manifest), names(manifest, Group.OPTIONAL)) == (["requests", "pyyaml"], ["asyncpg"])
    assert names(manifest, Group.DEVELOPMENT) == ["respx", "sphinx"]
    assert (manifest.pythons, manifest.includes) == ((">=3.9",), (Include(R("more.txt"), Group.OPTIONAL),))
    assert read("[flake8]\nmax = 1\n", "setup.cfg") == Manifest(path=R("setup.cfg"), declares=False)
    bare = read("[options]\ninstall_requires = # ours\n    requests,\n    attrs\n", "setup.cfg")
    assert (bare.declares, names(bare), bare.defects) == (True, ["requests", "attrs"], ())
    assert read("[options.extras_require]\npg = asyncpg\n", "setup.cfg").declares
    odd = read("[options]\ninstall_requires = requests\n    fast api\n", "setup.cfg")
    assert odd.defects == (Defect("expected a requirement, found 'fast api'"),)
    assert read("no section\n", "setup.cfg").defects[0].why.startswith("expected an ini file, found ")


def test_a_pipfile_declares_in_its_tables() -> None:
    text = '[packages]\nrequests = "*"\n[dev-packages]\npytest = "*"\n[docs]\nsphinx = "*"\n'
    text += '[extra]\nx = "*"\n[requires]\npython_version = "3.12"\n'
    manifest = read(text, "Pipfile")
    assert (names(manifest), names(manifest, Group.OPTIONAL), names(manifest, Group.DEVELOPMENT)) == (
        ["requests"],
        ["x"],
        ["pytest", "sphinx"],
    )
    assert manifest.pythons == ("3.12",)
    for other in ("source", "requires", "scripts", "pipenv"):
        assert read(f"[{other}]\nrequests = '*'\n", "Pipfile").declared == ()
    assert read("[packages\n", "Pipfile").defects
    assert read("", "Pipfile").pythons == ()


SETUP = """
from setuptools import find_packages, setup

COMMON = ["redis>=4", "attrs"]
VERSION = read("version.txt")
setup(
    name="a",
    version=VERSION,
    python_requires=">=3.9",
    setup_requires=["cffi"],
    install_requires=COMMON + ["celery>=5", *("kombu",), VERSION, unknown] + lines("requirements.txt"),
    tests_require="pexpect\\nrespx",
    extras_require={"s3": ["boto3"], "test": ("pytest",), KEY: ["orjson"], "odd": 3},
    **more,
)
"""


def test_a_setup_py_declares_what_stands_in_it_as_constants_and_is_never_run() -> None:
    manifest = read(SETUP, "setup.py")
    assert (names(manifest), names(manifest, Group.OPTIONAL)) == (["redis", "attrs", "celery", "kombu"], ["boto3", "orjson"])
    assert (names(manifest, Group.DEVELOPMENT), manifest.build) == (["pexpect", "respx", "pytest"], ("cffi",))
    assert (manifest.pythons, manifest.defects) == ((">=3.9",), ())
    shared = "NEED = ['celery']\nsetup(install_requires=NEED, extras_require={'s3': NEED})"
    assert (names(read(shared, "setup.py")), names(read(shared, "setup.py"), Group.OPTIONAL)) == (["celery"], ["celery"])
    table = 'import setuptools\nEXTRAS = {"s3": ["boto3"]}\nif __name__ == "__main__":\n    setuptools.setup(extras_require=EXTRAS)\n'
    assert names(read(table, "setup.py"), Group.OPTIONAL) == ["boto3"]


@pytest.mark.parametrize(
    "text",
    [
        "setup(install_requires=open('requirements.txt').read().split())",
        "def f():\n    setup(install_requires=['celery'])",
        "if DEBUG:\n    setup(install_requires=['celery'])",
        "need = ['celery']\nneed = []\nsetup(install_requires=need)",
        "need = []\nneed = ['celery']\nsetup(install_requires=need)",
        "need = need + ['celery']\nsetup(install_requires=gone)",
        "other(install_requires=['celery'])",
        "setup(install_requires=a.b)",
        "# setup(install_requires=['celery'])",
        "x = setup",
        "def f(:",
        "# coding: utf-7",
    ],
)
def test_a_setup_py_declares_nothing_that_would_have_to_be_computed(text: str) -> None:
    manifest = read(text, "setup.py")
    assert (manifest.declared, manifest.declares, manifest.defects) == ((), False, ())


@pytest.mark.parametrize(
    "text", ["a = b\nb = a", "a = [a]", "a = a + gone", "a = gone + a", "a = [*a]", "a = [[[[[a]]]]]", "a = [[[[[[*a]]]]]]"]
)
def test_a_name_that_stands_for_itself_ends_somewhere(text: str) -> None:
    assert read(f"{text}\nsetup(install_requires=a)", "setup.py").declared == ()


def test_tox_declares_for_development_what_its_environments_install() -> None:
    text = "[tox]\nenvlist = py\n[testenv]\ndeps =\n    pytest>=8\n    py38: mock\n    -r{toxinidir}/requirements/test.txt\n"
    text += "    {[base]deps}\n    -r{[base]place}/x.txt\n[testenv:docs]\ndeps = sphinx\n[testenv:bare]\n[pytest]\npythonpath = lib\n"
    manifest = read(text, "tox.ini")
    assert (names(manifest, Group.DEVELOPMENT), names(manifest)) == (["pytest", "mock", "sphinx"], [])
    assert (manifest.includes, manifest.declares) == ((Include(R("requirements/test.txt"), Group.DEVELOPMENT, line=4),), False)
    assert manifest.roots == ("lib",)
    assert read("no section\n", "tox.ini") == Manifest(path=R("tox.ini"), declares=False)
    table = "[tool.tox.env_run_base]\ndeps = ['pytest', '-r x.txt']\n[tool.tox.env.docs]\ndeps = ['sphinx']\n"
    assert names(read(table, "pyproject.toml"), Group.DEVELOPMENT) == ["pytest", "sphinx"]


def test_the_settings_of_pytest_and_of_packaging_name_import_roots() -> None:
    ini = read("[pytest]\npythonpath = app 'lib' ../out\n", "x/pytest.ini")
    assert ini == Manifest(path=R("x/pytest.ini"), declares=False, roots=("x/app", "x/lib", "out"))
    assert read("[tool:pytest]\npythonpath = app\n[options]\npackage_dir =\n    = lib\n", "setup.cfg").roots == ("app", "lib")
    where = "[options]\npackages = find:\n[options.packages.find]\nwhere = src\n"
    assert read(where, "setup.cfg").shipped == ("src",)
    table = (
        "[tool.pytest.ini_options]\npythonpath = ['app']\n[tool.poetry]\npackages = [{include = 'a', from = 'lib'}, {include = 'b'}, 3]\n"
    )
    wheel = "[tool.hatch.build.targets.wheel]\npackages = ['src/deep/a']\nonly-include = ['more']\n"
    found = read(table + wheel, "pyproject.toml")
    assert (found.roots, found.shipped) == (("app", "lib", "src/deep", "more"), ("lib", "src/deep", "more"))
    assert read("[pytest]\npythonpath = app\n", "setup.cfg").roots == ()
    assert read(b"\xff".decode("latin-1"), "pytest.ini").roots == ()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("x/pyproject.toml", "[tool.pytest.ini_options]\npythonpath = ['app']\ntestpaths = ['tests', '../more']\n"),
        ("x/pyproject.toml", "[tool.pytest]\npythonpath = ['app']\ntestpaths = ['tests', '../more']\n"),
        ("x/setup.cfg", "[pytest]\npythonpath = no\n[tool:pytest]\npythonpath = app\ntestpaths = tests ../more\n"),
        ("x/tox.ini", "[pytest]\npythonpath = app\ntestpaths =\n    tests\n    ../more\n"),
    ],
)
def test_the_settings_of_pytest_name_folders_beside_their_file(path: str, text: str) -> None:
    assert pytest_settings(R(path), text.encode()) == PytestSettings(pythonpath=("x/app",), testpaths=("x/tests", "more"))


@pytest.mark.parametrize(
    ("text", "why", "line"),
    [
        ("x\n", "File contains no section headers.", 1),
        ("[a]\nx = 1\n[a]\n", "While reading from ", 3),
        ("[a]\nx = 1\n\nx = 2\n", "While reading from ", 4),
        ("[a]\nx = 1\nb\n", "Source contains parsing errors: ", 3),
    ],
)
def test_an_ini_file_that_is_none_is_a_defect_with_its_line(text: str, why: str, line: int) -> None:
    (defect,) = read(text, "setup.cfg").defects
    assert defect.why.startswith(f"expected an ini file, found {why}")
    assert defect.line == line


def test_settings_that_cannot_be_read_name_nothing() -> None:
    for raw, name in ((b"\xff\xfe\xff", "pytest.ini"), (b"\xff", "tox.ini"), (b"[tool\n", "pyproject.toml"), (b"x", "setup.cfg")):
        assert pytest_settings(R(name), raw) == PytestSettings()
    assert pytest_settings(R("pyproject.toml"), b"tool = 3\n") == PytestSettings()
    assert pytest_settings(R("pyproject.toml"), b"[tool.pytest]\nini_options = 3\n") == PytestSettings()
    assert pytest_settings(R("pyproject.toml"), b"[tool.pytest.ini_options]\npythonpath = 3\n") == PytestSettings()


def test_an_extra_of_the_product_is_a_feature_whatever_tool_its_name_recalls() -> None:
    table = "[project]\nname = 'a'\n[project.optional-dependencies]\nformat = ['fqdn']\ndebug = ['debugpy']\ntypes = ['pydantic']\n"
    manifest = read(table + "lint = ['ruff']\n'aws-test' = ['moto']\n", "pyproject.toml")
    assert names(manifest, Group.OPTIONAL) == ["fqdn", "debugpy", "pydantic"]
    assert names(manifest, Group.DEVELOPMENT) == ["ruff", "moto"]


@pytest.mark.parametrize("path", ["environment.yml", "conda/environment.yaml"])
def test_what_would_have_to_be_executed_or_is_no_python_manifest_is_not_believed(path: str) -> None:
    (defect,) = read("requests\n", path).defects
    assert defect.why.startswith("expected ")


def test_a_setup_py_that_somebody_names_has_to_declare_in_constants() -> None:
    for text, faults in (("setup()", 1), ("setup(install_requires=['celery'])", 0)):
        assert len(declarations({R("setup.py"): text.encode()}, [R("setup.py")], R("setup.py")).faults) == faults
    assert declarations({R("setup.py"): b"setup()"}, [R("setup.py")]).faults == ()


def test_other_languages_and_unknown_names() -> None:
    assert not read("{}", "package.json").declares
    assert names(read("requests\n", "deps.list")) == ["requests"]
    assert read("x" * (LIMITS.document_bytes + 1)).defects[0].why == f"expected at most 1048576 bytes, found {LIMITS.document_bytes + 1}"


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("requirements-dev.txt", Group.DEVELOPMENT),
        ("dev_requirements.txt", Group.DEVELOPMENT),
        ("requirements.test.txt", Group.DEVELOPMENT),
        ("requirements.txt", Group.OPTIONAL),
        ("requirements-prod.txt", Group.OPTIONAL),
        ("device.txt", Group.OPTIONAL),
    ],
)
def test_a_name_tells_the_group(name: str, group: Group) -> None:
    assert group_of(name) is group


def test_wanted_manifests_are_those_of_the_convention_near_the_root() -> None:
    paths = [
        *("a/b/requirements.txt", "requirements.txt", "requirements/dev.txt", "dev-requirements.in", "pyproject.toml", "Pipfile"),
        *("setup.cfg", "package.json", "go.mod", "node_modules/x/pyproject.toml", "web/package.json", "constraints.txt", "setup.py"),
        *("venv/requirements.txt", "a/venv/requirements.txt", "a/b/venv/c/requirements.txt"),
        *("a/b/c/d/e/f/requirements.txt", "requirements/constraints.txt", "notes.txt", "poetry.lock", "x/requirements.md"),
        *("requirements/extras/redis.txt", "requirements/a/b/c.txt", "requirements/a/b/c/d.txt", "tox.ini", "pytest.ini"),
    ]
    assert wanted_manifests(map(R, paths), Absent()) == (
        *(
            "Pipfile",
            "dev-requirements.in",
            "go.mod",
            "package.json",
            "pyproject.toml",
            "pytest.ini",
            "requirements.txt",
            "setup.cfg",
            "setup.py",
            "tox.ini",
        ),
        *("requirements/dev.txt", "a/b/requirements.txt", "requirements/extras/redis.txt", "requirements/a/b/c.txt"),
        "a/b/c/d/e/f/requirements.txt",
    )


def test_what_forge_json_names_is_wanted_first_even_where_it_is_not_there() -> None:
    named = json.dumps({"backend": {"dependency_file": "deps/list.txt"}}).encode()
    assert wanted_manifests([R("requirements.txt")], named) == ("deps/list.txt", "requirements.txt")
    assert wanted_manifests([R("requirements.txt")], b"{") == ("requirements.txt",)


def test_loading_follows_references_once_and_inside_the_repository() -> None:
    tree = {"requirements.txt": b"-r a.txt\n-r gone.txt\n", "a.txt": b"-r requirements.txt\n-c c.txt\n-r ../x\n", "c.txt": b"flask\n"}
    found = load_manifests([R("requirements.txt")], lambda path: tree.get(path, Absent()))
    assert list(found) == ["requirements.txt", "a.txt", "c.txt", "gone.txt"]
    endless = load_manifests([R("r1.txt")], lambda path: f"-r r{int(path[1:-4]) + 1}.txt\n".encode())
    assert [path for path, content in endless.items() if is_left_out(content)] == [f"r{MOST_MANIFESTS + 1}.txt"]


def test_manifests_above_changed_files_are_read_first_and_those_beyond_the_limit_are_counted() -> None:
    paths = wanted_manifests([R(f"p{number:02}/pyproject.toml") for number in range(70)], Absent())
    ordered = nearest(paths, [R("p69/p69/x.py"), R("p68/y.py")])
    assert ordered[:3] == ("p68/pyproject.toml", "p69/pyproject.toml", "p00/pyproject.toml")
    found = load_manifests(ordered, lambda path: b"")
    assert [(path, content) for path, content in found.items() if content != b""] == [
        (R("p62/pyproject.toml"), Unreadable("is one of 6 manifests beyond the first 64, which alone are read"))
    ]
    assert nearest([R("b/x.txt"), R("a/requirements/b/c.txt")], [R("a/d/e.py")])[0] == "a/requirements/b/c.txt"
    assert nearest([R("a/pyproject.toml"), R("a/b/pyproject.toml")], [R("a/b/c/d.py")]) == ("a/pyproject.toml", "a/b/pyproject.toml")
    assert nearest([R("b/pyproject.toml"), R("a/b/pyproject.toml")], [R("a/b/d.py")])[0] == "a/b/pyproject.toml"


def test_constraints_are_known_by_the_name_of_the_file_and_not_of_a_folder() -> None:
    assert [is_python_manifest(path) for path in ("constraints/requirements.txt", "a/constraints/requirements.txt")] == [True, True]
    assert not is_python_manifest("a/requirements/constraints.txt")


def documents(**texts: str | Unreadable) -> dict[RepoPath, Content]:
    return {R(name.replace("_", "-") + ".txt"): text.encode() if isinstance(text, str) else text for name, text in texts.items()}


def test_declarations_join_what_manifests_take_in() -> None:
    known = declarations(documents(requirements="-r base.txt\nflask\n", base="requests\n-r requirements.txt\n"), [R("requirements.txt")])
    assert (known.runtime, known.looked_in) == ({"flask", "requests"}, ("requirements.txt", "base.txt"))


def test_what_is_seen_missing_or_a_constraint_hides_nothing_behind_it() -> None:
    first = "-r requirements.txt\n-r gone.txt\n-c pins.txt\n-r base.txt\n"
    known = declarations(documents(requirements=first, pins="x\n", base="flask\n"), [R("requirements.txt")])
    assert (known.runtime, len(known.faults)) == ({"flask"}, 1)


@pytest.mark.parametrize(
    ("name", "table"),
    [("pyproject.toml", '[project]\nname = "a"\ndependencies = ["flask"]\n'), ("setup.cfg", "[options]\ninstall_requires = flask\n")],
)
@pytest.mark.parametrize("folder", ["", "lib/"])
def test_what_a_list_installs_in_place_declares_too(name: str, table: str, folder: str) -> None:
    for path in (R("requirements.in"), R("requirements.txt")):
        files: dict[RepoPath, Content] = {path: f"-e ./{folder}\n".encode(), R(f"{folder}{name}"): table.encode()}
        assert declarations(files, [path]).runtime == {"flask"}


def test_what_a_product_takes_in_is_of_the_product_whatever_its_name() -> None:
    files = documents(requirements="-r dev.txt\n", dev="black\n")
    assert declarations(files, [R("requirements.txt")]).runtime == {"black"}
    assert declarations(files, [R("dev.txt")]).development == {"black"}
    assert declarations(files, [R("dev.txt")], R("dev.txt")).runtime == {"black"}


def test_constraints_declare_nothing_and_have_to_be_there() -> None:
    known = declarations(documents(requirements="-c pins.txt\nflask\n", pins="requests==2\n"), [R("requirements.txt")])
    assert (known.runtime, known.faults) == ({"flask"}, ())
    (fault,) = declarations(documents(requirements="-c pins.txt\n"), [R("requirements.txt")]).faults
    assert fault == ("requirements.txt", Defect("expected a file to take in, found 'pins.txt', which is not there", 1))


def test_a_manifest_that_cannot_be_read_is_a_fault() -> None:
    known = declarations(documents(requirements="-r base.txt\n", base=Unreadable("is a symlink")), [R("requirements.txt"), R("x.txt")])
    assert [(path, defect.why) for path, defect in known.faults] == [
        ("x.txt", "expected a manifest, found a path which is not there"),
        ("requirements.txt", "expected a file to take in, found 'base.txt', which is a symlink"),
    ]


@pytest.mark.parametrize(
    ("target", "place"),
    [
        ("a.txt", "d/a.txt"),
        ("../a.txt", "a.txt"),
        ("../../a.txt", None),
        ("/a", None),
        ("~/a", None),
        ("$X/a", None),
        ("./x/../a", "d/a"),
        ("c:a", None),
        ("b\\a.txt", None),
        ("https://a/b.txt", None),
    ],
)
def test_a_target_is_seen_from_the_folder_of_its_file(target: str, place: str | None) -> None:
    assert beside("d/requirements.txt", target) == place


@pytest.mark.req("S002-0-4")
def test_forge_json_of_real_repositories_is_read(corpus: Path) -> None:
    found = [read_forge_json(path.read_bytes()) for path in sorted(corpus.glob("forge_json/*.json"))]
    assert [(item.dependency_file, item.test_dir) for item in found if isinstance(item, ForgeJson)] == [("requirements.txt", "tests")] * 2


def test_forge_json_says_what_it_says() -> None:
    assert read_forge_json(Absent()) == ForgeJson()
    assert read_forge_json(b"{}") == ForgeJson()
    assert read_forge_json(b'{"backend": {"dependency_file": "", "test_dir": "..", "version": "3.12+", "language": "go"}}') == ForgeJson()
    assert read_forge_json(Unreadable("is a symlink")) == Defect("is a symlink")
    assert read_forge_json(b'{"backend": {"version": 3, "test_framework": 4}}') == ForgeJson()


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["requirements.txt", "pyproject.toml", "setup.cfg", "Pipfile", "forge.json", "x/dev.in"]))
def test_no_bytes_make_a_reader_raise(raw: bytes, name: str) -> None:
    read_forge_json(raw)
    known = declarations({R(name): raw}, [R(name)])
    assert all(entry == entry.lower() for entry in known.runtime)


@settings(max_examples=100, deadline=None)
@given(
    st.text(alphabet="ab-_.[]<>=!~@;# \\\n\"'{}rce:/$1", max_size=200), st.sampled_from(["requirements.txt", "pyproject.toml", "setup.cfg"])
)
def test_no_text_makes_a_reader_raise(text: str, name: str) -> None:
    assert declared(R(name), text.encode()).path == name


def test_lines_beyond_the_limit_are_said_and_not_read() -> None:
    kept = "\n" * (LIMITS.document_lines - 1) + "flask"
    assert read(kept).defects == ()
    manifest = read(kept + "\nrequests\n")
    assert manifest.defects == (Defect("expected at most 20000 lines, found 20001", 20_001),)
    assert names(manifest) == ["flask"]


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("requirements.txt", ""),
        ("requirements/dev.txt", ""),
        ("requirements/extras/redis.txt", ""),
        ("services/api/requirements/a/b.txt", "services/api"),
        ("services/api/pyproject.toml", "services/api"),
        ("my-requirements/x.txt", "my-requirements"),
    ],
)
def test_a_manifest_holds_for_the_folder_above_its_requirements(path: str, place: str) -> None:
    assert place_of(R(path)) == place


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("[project]\nname = 'Py_YAML'\n", "py-yaml"),
        ("[tool.poetry]\nname = 'Acme.One'\n", "acme-one"),
        ("[project]\nname = 3\n", ""),
        ("[tool.black]\n", ""),
    ],
)
def test_a_project_has_the_name_that_its_table_gives_it(text: str, name: str) -> None:
    assert read(text, "pyproject.toml").name == name


@pytest.mark.parametrize(
    ("label", "group"),
    [
        ("dev", Group.DEVELOPMENT),
        ("docs", Group.DEVELOPMENT),
        ("aws-test", Group.DEVELOPMENT),
        ("typing", Group.DEVELOPMENT),
        ("format", Group.OPTIONAL),
        ("debug", Group.OPTIONAL),
        ("types", Group.OPTIONAL),
        ("redis", Group.OPTIONAL),
    ],
)
def test_an_extra_is_for_development_only_where_its_name_leaves_no_doubt(label: str, group: Group) -> None:
    assert extra_group(label) is group


def test_an_ini_file_of_sections_without_end_is_a_defect_with_its_line() -> None:
    (defect,) = read("\n[options]\n" + "".join(f"[a{number}]\n" for number in range(2000)), "setup.cfg").defects
    assert (defect.why, defect.line) == ("expected at most 2000 sections, found 2001", 2002)
