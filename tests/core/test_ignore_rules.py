"""The matcher against git itself: whatever `git check-ignore` says about a path, ours says too."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forgewatch.core.ignore_rules import IgnoreRules, parse_patterns, parse_rules
from tests.support.check_ignore import GitIgnore

NAMES = (
    "a", "b", "foo", "foo/bar", "foo/bar/baz", "foo/x/bar", "fooX/Y/bar", "foobar", "bar", "x/foo", "x/y/foo", "x/y/z", "x/foo/y",
    "build/out.txt", "build/keep/me.txt", "sub/build/out.txt", "logs/a.log", "a.log", "important.log", "logs/important.log",
    "deep/a/b/c/d.txt", "a b", "trail ", "trail", "#hash", "!bang", "a\\b", "[x]", "x]", "-", "a-c", "b-", "A", "Foo", "é", "éa", "ab",
    "abc", "a*c", "a?c", "*", "?", ".hidden", ".env", "dir/.env", "dir.d/file", "x.pyc", "p/__pycache__/x.pyc", "node_modules/m/i.js",
    "p/node_modules/i.js", "doc/frotz/f", "a/doc/frotz/f", "doc/frotz", "tab\tname", "nl\nname", "q\"uote", "1", "9", "dir/9", "z_",
    " ", "0", "[", "]", "a:b", "foo/y/bar",
    "x/", "foo/", "build/", "doc/frotz/", "logs/", "deep/a/",
)  # fmt: skip

_FOLDERS = {name[: at + 1] for name in NAMES for at, char in enumerate(name) if char == "/"}
PATHS = tuple(sorted(_FOLDERS | {name for name in NAMES if f"{name}/" not in _FOLDERS}))

PATTERNS = (
    "[a-\\", "[\\", "[[:alpha:", "[[:", "[a-", "[", "x[", "[[:alpha:]-z]", "[a-[:alpha:]]",
    "foo", "/foo", "foo/", "foo/*", "foo/**", "**/foo", "**/foo/bar", "foo/**/bar", "foo**/bar", "f**o", "foo/***/bar", "**", "*", "/*",
    "*/", "**/", "/**", "/**/", "*/*", "**/*", "a/**/", "*.log", "!important.log", "logs/*.log", "build/", "build", "/build/*",
    "!build/keep/", "deep/**/d.txt", "deep/*/d.txt", "a b", "trail ", "trail\\ ", "trail\\  ", "\\#hash", "#hash", "\\!bang", "!bang",
    "a\\\\b", "a\\b", "[x]", "\\[x]", "[x", "[]x]", "[]-a]", "[!a]", "[^a]", "[a-c]", "[c-a]", "[a-]", "[-a]", "[[:alpha:]]",
    "[[:upper:]]oo", "[[:digit:]]", "[[:nope:]]", "[[:alpha:]", "[[:]", "[a[:digit:]b]", "[\\]]", "[\\a-\\c]", "[!-c]", "?", "??",
    "???", "a?c", "a\\?c", "a\\*c", "é", "?a", "[é]a", "*é*", ".*", "*.*", ".env", "dir.d", "*.py[cod]", "__pycache__/", "node_modules",
    "doc/frotz", "doc/frotz/", "/doc/frotz", "frotz/", "tab\tname", "x/y/*", "x/*/z", "x/**/foo", "**/y/**", "a**", "**a", "*a*b*",
    "*a*", "\\", "a\\", "/", "//", "!/", "!", " ", "  foo", "foo/bar/", "foo/bar/baz", "foo\r", "*/foo", "*/bar", "x/[f-g]oo", "[/]",
    "x[/]foo", "x?foo", "foo[^/]bar", "**/**/foo", "foo/**/**/bar", "foo/**/", "foo/**/*", "/**/foo", "a/**b", "**/.env", "dir/**/.env",
    "!*/", "!foo/bar", "!*", "[a-z][a-z]", "[!a-z]", "[^[:alpha:]]", "[[:space:]]", "*[[:punct:]]*", "[[:alnum:][:punct:]]", "[z_]*",
    "[\\\\]", "a[\\\\]b", "[[]x]", "[[x]*", "x\\]", "trail  ", "[a:b]", "[!0-9]", "foo/**\\/bar", "x/**\\/foo",
    "x/?/z", "foo**\\/bar", "a \\", "[acz]*", "[a-]b", "[a-cf]oo", "[[::]", "a[[:]b", "?/*/foo", "foo/**ar",
)  # fmt: skip


@pytest.fixture(scope="module")
def git(tmp_path_factory: pytest.TempPathFactory) -> GitIgnore:
    return GitIgnore(tmp_path_factory.mktemp("ignore"))


def ours(rules: IgnoreRules, path: str) -> bool:
    return rules.covers(path.rstrip("/"), path.endswith("/"))


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_single_pattern_means_what_git_says(git: GitIgnore, pattern: str) -> None:
    expected = git.ignored({"": pattern + "\n"}, PATHS)
    rules = IgnoreRules((), {"": parse_rules((pattern + "\n").encode())})
    assert {path for path in PATHS if ours(rules, path)} == expected


SETS = (
    {"": "*.log\n!important.log\nlogs/\n"},
    {"": "logs/\n!logs/important.log\n"},
    {"": "logs/*\n!logs/important.log\n"},
    {"": "/*\n!/foo\n/foo/*\n!/foo/bar\n"},
    {"": "build/\n!build/keep/\n!build/keep/me.txt\n"},
    {"": "build/*\n!build/keep/\n"},
    {"": "*\n!*/\n!*.txt\n"},
    {"": "*.log\n", "logs/": "!a.log\n"},
    {"": "!a.log\n", "logs/": "*.log\n"},
    {"": "logs/\n", "logs/": "!a.log\n"},
    {"foo/": "/bar\n", "x/": "foo\n"},
    {"foo/": "bar/baz\n*\n!bar\n"},
    {"deep/": "a/*\n!a/b\n", "deep/a/": "b\n"},
    {"": "\n\n# comment\n\n  \nfoo\n"},
    {"": "foo"},
    {"": "\ufefffoo\nbar\n"},
    {"": "foo\r\nbar/\r\n"},
    {"": "a\nb\n!a\n!b\na\n"},
)


@pytest.mark.parametrize("files", SETS)
def test_several_rules_files_mean_what_git_says(git: GitIgnore, files: dict[str, str]) -> None:
    rules = IgnoreRules((), {folder: parse_rules(text.encode()) for folder, text in files.items()})
    assert {path for path in PATHS if ours(rules, path)} == git.ignored(files, PATHS)


def test_a_nul_ends_a_line_as_it_does_for_git(git: GitIgnore) -> None:
    rules = IgnoreRules((), {"": parse_rules(b"foo\0bar\nb\n")})
    assert {path for path in PATHS if ours(rules, path)} == git.ignored({"": "foo\0bar\nb\n"}, PATHS)


ATOMS = st.sampled_from(["a", "b", "foo", "*", "**", "/", "?", "[ab]", "[!a]", "\\*", "\\", "!", " ", ".log", "[[:alpha:]]", "-", "x"])
LINES = st.lists(st.lists(ATOMS, min_size=1, max_size=5).map("".join), min_size=1, max_size=4).map("\n".join)


@settings(max_examples=60, deadline=None)
@given(root=LINES, foo=LINES)
def test_random_rules_mean_what_git_says(tmp_path_factory: pytest.TempPathFactory, root: str, foo: str) -> None:
    files = {"": root, "foo/": foo}
    rules = IgnoreRules((), {folder: parse_rules(text.encode()) for folder, text in files.items()})
    git = GitIgnore(tmp_path_factory.mktemp("random"))
    assert {path for path in PATHS if ours(rules, path)} == git.ignored(files, PATHS)


def test_the_operator_decides_before_any_rules_file() -> None:
    rules = IgnoreRules(parse_patterns((".env", "!kept/")), {"": parse_rules(b"!.env\nkept/\n")})
    assert rules.covers(".env") and rules.covers("a/.env")
    assert not rules.covers("kept", True)


def test_what_is_not_said_to_be_a_folder_is_none() -> None:
    rules = IgnoreRules((), {"": parse_rules(b"build/\n")})
    assert rules.covers("build", True) and rules.covers("build/x") and not rules.covers("build")


def test_a_name_that_is_no_text_is_matched_by_its_bytes() -> None:
    assert IgnoreRules(parse_patterns(("caf\udce9", "*.log"))).ignores("caf\udce9", False)
    rules = IgnoreRules((), {"": parse_rules(b"caf\xe9\n?\xff\n")})
    assert rules.ignores("caf\udce9", False)
    assert rules.ignores("a\udcff", False) and not rules.ignores("ab\udcff", False)


def test_a_pattern_made_to_be_slow_costs_linear_time() -> None:
    rules = IgnoreRules((), {"": parse_rules(b"*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b\n" + b"**/a/" * 40 + b"b\n")})
    assert not rules.ignores("a" * 255, False)
    assert not rules.ignores("a/" * 1000 + "c", False)


def test_a_rule_remembers_its_line() -> None:
    (rule,) = parse_rules(b"!build/ \n")
    assert (rule.source, rule.negated, rule.directories_only) == ("!build/", True, True)


def test_a_pattern_too_large_to_compile_hides_nothing() -> None:
    rules = parse_rules(b"x*" + b"?" * 1_000_000 + b"\n*.log\n")
    assert [rule.source for rule in rules] == ["*.log"]
