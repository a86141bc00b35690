"""The operator's configuration: what it may say, and what it says back when it may not."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from forgewatch.adapters.config import KEYS, load_settings
from forgewatch.core.errors import UsageError
from forgewatch.core.limits import LIMITS
from forgewatch.core.places import Layout
from forgewatch.core.settings import (
    AuthoritySettings,
    Backend,
    BenchSettings,
    Compare,
    Network,
    Profile,
    RepositorySettings,
    Sandbox,
    Settings,
)

SHIPPED = Path(__file__).resolve().parents[2] / "config" / "forgewatch.yaml"


def loaded(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "forgewatch.yaml"
    path.write_text(text)
    return load_settings(str(path), {})


def refused(tmp_path: Path, text: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        loaded(tmp_path, text)
    return caught.value


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert load_settings(None, {"HOME": str(tmp_path)}) == Settings()


def test_an_empty_file_means_the_defaults(tmp_path: Path) -> None:
    assert loaded(tmp_path, "# nothing yet\n") == Settings()


def test_the_shipped_file_shows_the_defaults_and_nothing_else(tmp_path: Path) -> None:
    settings = load_settings(str(SHIPPED), {})
    assert settings == Settings(sources=settings.sources)


def test_the_shipped_file_has_every_key_with_a_comment() -> None:
    shown = yaml.safe_load(SHIPPED.read_text())
    flat = {
        f"{name}.{key}" if isinstance(group, dict) else name
        for name, group in shown.items()
        for key in (group if isinstance(group, dict) else [name])
    }
    assert flat == set(KEYS)
    lines = SHIPPED.read_text().splitlines()
    for key in KEYS:
        name = key.rpartition(".")[2]
        place = next(number for number, line in enumerate(lines) if line.strip().startswith(f"{name}:"))
        nearest = [line.strip() for line in lines[:place] if line.strip()][-2:]
        assert any(line.startswith("#") for line in nearest), key


def test_every_key_reaches_its_setting(tmp_path: Path) -> None:
    settings = loaded(
        tmp_path,
        """
repositories:
  - /srv/shop
  - {path: /srv/site/, layout: root}
profile: strict
watch: {sweep_seconds: 5, backend: polling}
audit:
  deadline_seconds: 60
  memory_mb: 512
  severities: {W1: fail}
  fingerprints: ["sha256:abc"]
  import_names: {cv2: opencv-python}
scope: {ignore: ["*.log"], data: [tests/data/, "*.tmpl.py"], compare: raw}
authority:
  allowed_signers: /etc/forgewatch/allowed_signers
  revoked: /etc/forgewatch/revoked
  tiers: {AUTHORIZED: 2, RELEASE: 3}
  threshold: 3
  builders: [bot@example.com]
tests:
  sandbox: none
  timeout_seconds: 60
  memory_mb: 4096
  visible: [.git, frontend/node_modules/, /opt/sdk/]
  writable: [/run/postgresql]
  network: host
  environment: [DATABASE_URL]
limits: {tree_entries: 300000, tree_depth: 9, tree_bytes: 5, tree_seconds: 7}
loopback: {limit: 5}
log: {level: debug, format: json}
""",
    )
    assert settings.repositories == (RepositorySettings(path="/srv/shop"), RepositorySettings(path="/srv/site", layout=Layout.ROOT))
    assert (settings.profile, settings.loopback_limit, settings.log_level, settings.log_format) == (Profile.STRICT, 5, "debug", "json")
    assert (settings.watch.sweep_seconds, settings.watch.backend) == (5, Backend.POLLING)
    assert (settings.audit.deadline_seconds, settings.audit.memory_mb, settings.audit.severities) == (60, 512, (("W1", "fail"),))
    assert (settings.fingerprints, settings.import_names) == (("sha256:abc",), (("cv2", "opencv-python"),))
    assert (settings.scope.ignore, settings.scope.compare) == (("*.log",), Compare.RAW)
    assert settings.authority == AuthoritySettings(
        allowed_signers="/etc/forgewatch/allowed_signers",
        revoked="/etc/forgewatch/revoked",
        tiers=(("AUTHORIZED", 2), ("RELEASE", 3)),
        threshold=3,
        builders=("bot@example.com",),
    )
    assert settings.tests == BenchSettings(
        sandbox=Sandbox.NONE,
        timeout_seconds=60,
        memory_mb=4096,
        visible=(".git", "frontend/node_modules", "/opt/sdk"),
        writable=("/run/postgresql",),
        network=Network.HOST,
        environment=("DATABASE_URL",),
    )
    assert settings.scope.data == ("tests/data/", "*.tmpl.py")
    assert (settings.limits.tree_entries, settings.limits.tree_depth, settings.limits.tree_bytes, settings.limits.tree_seconds) == (
        300000,
        9,
        5,
        7,
    )
    assert settings.limits.document_bytes == LIMITS.document_bytes


def test_each_value_knows_its_file_and_line(tmp_path: Path) -> None:
    settings = loaded(tmp_path, "profile: strict\nwatch:\n  sweep_seconds: 5\n")
    assert settings.sources == (("profile", f"{tmp_path}/forgewatch.yaml:1"), ("watch.sweep_seconds", f"{tmp_path}/forgewatch.yaml:3"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("profile: relaxed\n", ":1: profile: expected one of dev, strict, found 'relaxed'"),
        ("profile: ci\n", "expected one of dev, strict, found 'ci'"),
        ("profile: [dev]\n", "found a list"),
        ("watch:\n  sweep_seconds: soon\n", ":2: watch.sweep_seconds: expected a whole number of at least 1, found 'soon'"),
        ("watch:\n  sweep_seconds: 0\n", "at least 1, found '0'"),
        ("watch:\n  sweep_seconds: -5\n", "at least 1, found '-5'"),
        ("watch:\n  sweep_seconds: 1.5\n", "found '1.5'"),
        ("watch:\n  sweep_seconds: '5'\n", "found '5'"),
        ("watch: 30\n", ":1: watch: expected a mapping, found '30'"),
        ("- profile\n", "expected a mapping, found a list"),
        ("tests: {sandbox: docker}\n", "expected one of bubblewrap, none, found 'docker'"),
        ("tests: {timeout_seconds: 0}\n", "at least 1, found '0'"),
        ("tests: {network: internet}\n", "expected one of none, host, found 'internet'"),
        ("tests: {visible: [../other]}\n", "visible[0]: expected an absolute path, or one below the repository's root, found '../other'"),
        ("tests: {visible: [a/../..]}\n", "or one below the repository's root"),
        ("tests: {visible: [/]}\n", "expected an absolute path below /, found '/'"),
        ("tests: {visible: .venv}\n", "expected a list, found '.venv'"),
        ("tests: {writable: [run]}\n", "writable[0]: expected an absolute path below /, found 'run'"),
        ("tests: {writable: [//]}\n", "expected an absolute path below /"),
        ("tests: {environment: [A=1]}\n", "environment[0]: expected the name of an environment variable, found 'A=1'"),
        ("repositories: /srv/shop\n", "expected a list, found '/srv/shop'"),
        ("repositories: [shop]\n", "repositories[0]: expected an absolute path, found 'shop'"),
        ("repositories: [{layout: root}]\n", "the key 'path' is missing"),
        ("repositories: [{path: /srv/a, layout: flat}]\n", "expected one of forge, root, found 'flat'"),
        ("repositories: [/srv/a, /srv/b, /srv/a/]\n", "expected a repository that is not listed yet, found '/srv/a/'"),
        ("repositories: [7]\n", "expected a text, found '7'"),
        ("profile: dev\nprofile: strict\n", ":2: 'profile' stands here a second time (first in line 1)"),
        ("? [a]\n: b\n", "expected a key, found a list"),
        (
            "audit: {severities: {A1: warn}}\n",
            "expected one of W1, W2, W3, X-PS1, ",
        ),
        ("audit: {severities: {W1: off}}\n", "expected one of warn, fail, found 'off'"),
        ("scope: {ignore: '*.log'}\n", "expected a list"),
        ("scope: {ignore: ['']}\n", "expected a text, found ''"),
        ("scope: {data: [a/, ../b]}\n", "scope.data[1]: expected a glob inside the repository, found '../b'"),
        ("authority: {allowed_signers: signers}\n", "authority.allowed_signers: expected an absolute path, found 'signers'"),
        ("authority: {revoked: 7}\n", "authority.revoked: expected a text, found '7'"),
        ("authority: {tiers: {AUTHORISED: 1}}\n", "authority.tiers.AUTHORISED: expected one of APPROVED, AUTHORIZED, OVERWRITE, "),
        ("authority: {tiers: {AUTHORIZED: 4}}\n", "authority.tiers.AUTHORIZED: expected one of 0, 1, 2, 3, found '4'"),
        ("authority: {threshold: 1}\n", "authority.threshold: expected a whole number of at least 2, found '1'"),
        ("audit: {import_names: {cv2: {}}}\n", "audit.import_names.cv2: expected a text, found a mapping"),
        ("profile: dev: strict\n", "forgewatch.yaml:1: is not YAML: mapping values are not allowed here"),
        ("profile: dev\nwatch: [\n", "forgewatch.yaml:3: is not YAML: "),
        ("profile: dev\nlog:\n\tlevel: info\n", "forgewatch.yaml:3: is not YAML: found character '\\t' that cannot start any token"),
        ("profile: 'dev\nlog: {}\n", "while scanning a quoted scalar from line 1"),
        ("profile: *other\n", "forgewatch.yaml:1: is not YAML: found undefined alias 'other'"),
        ("profile: \x01\n", "is not YAML"),
    ],
)
def test_a_wrong_value_is_named_with_line_and_both_sides(tmp_path: Path, text: str, said: str) -> None:
    assert said in str(refused(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "key", "hint"),
    [
        ("profle: dev\n", "profle", "did you mean 'profile'?"),
        ("wach: {sweep_seconds: 1}\n", "wach", "did you mean 'watch'?"),
        ("watch: {sweep_second: 1}\n", "watch.sweep_second", "did you mean 'watch.sweep_seconds'?"),
        ("repositories: [{pth: /srv/a}]\n", "pth", "did you mean 'path'?"),
    ],
)
def test_an_unknown_key_is_an_error_with_the_nearest_name(tmp_path: Path, text: str, key: str, hint: str) -> None:
    error = refused(tmp_path, text)
    assert f"unknown key {key!r}" in str(error)
    assert error.hint == hint


def test_a_key_unlike_any_other_gets_the_list(tmp_path: Path) -> None:
    assert "known keys: repositories, profile" in refused(tmp_path, "zzzz: 1\n").hint


@pytest.mark.parametrize("key", ["drift", "alerts"])
def test_a_key_of_a_later_version_is_refused_because_it_would_do_nothing(tmp_path: Path, key: str) -> None:
    assert f"{key!r} is not in this version" in str(refused(tmp_path, f"{key}: {{}}\n"))


def test_an_alias_bomb_is_refused_or_read_in_no_time(tmp_path: Path) -> None:
    bomb = "a: &a [x]\n" + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(20))
    assert "unknown key 'a'" in str(refused(tmp_path, bomb))


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    assert "at most" in str(refused(tmp_path, "#" * (1024 * 1024 + 1)))


def test_a_deep_file_is_an_error_and_no_crash(tmp_path: Path) -> None:
    assert "is not YAML" in str(refused(tmp_path, "[" * 20_000))


def test_a_named_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--config names"):
        load_settings(str(tmp_path / "none.yaml"), {})
    with pytest.raises(UsageError, match=r"\$FORGEWATCH_CONFIG names"):
        load_settings(None, {"FORGEWATCH_CONFIG": str(tmp_path / "none.yaml")})


def test_an_unreadable_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "forgewatch").mkdir()
    path = tmp_path / "forgewatch" / "forgewatch.yaml"
    path.write_bytes(b"profile: \xff\n")
    with pytest.raises(UsageError, match="is not YAML"):
        load_settings(None, {"XDG_CONFIG_HOME": str(tmp_path)})


def test_the_command_line_comes_before_the_environment_before_the_users_file(tmp_path: Path) -> None:
    for name, profile in (("given", "strict"), ("environment", "dev")):
        (tmp_path / name).write_text(f"profile: {profile}\nloopback: {{limit: {len(name)}}}\n")
    (tmp_path / "config" / "forgewatch").mkdir(parents=True)
    (tmp_path / "config" / "forgewatch" / "forgewatch.yaml").write_text("loopback: {limit: 77}\n")
    environ = {"FORGEWATCH_CONFIG": str(tmp_path / "environment"), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    assert load_settings(str(tmp_path / "given"), environ).loopback_limit == len("given")
    assert load_settings(None, environ).loopback_limit == len("environment")
    del environ["FORGEWATCH_CONFIG"]
    assert load_settings(None, environ).loopback_limit == 77
    assert load_settings(None, {"HOME": str(tmp_path)}).loopback_limit == 3


@pytest.mark.parametrize("text", ["a: b: c\n", "a: [\n", "a: \x01\n"])
def test_what_is_no_yaml_has_a_hint(tmp_path: Path, text: str) -> None:
    assert "spaces and no tabs" in refused(tmp_path, text).hint


def test_a_repository_may_have_places_to_push_to_and_to_anchor_in(tmp_path: Path) -> None:
    config = tmp_path / "forgewatch.yaml"
    config.write_text("repositories:\n  - {path: /srv/a, push: 'ssh://git@host/a.git', anchor: 'file:///srv/anchor.git'}\n  - /srv/b\n")
    one, two = load_settings(str(config), {}).repositories
    assert (one.push, one.anchor) == ("ssh://git@host/a.git", "file:///srv/anchor.git")
    assert (two.push, two.anchor) == ("", ""), "both are off unless they are configured"


@pytest.mark.parametrize("key", ["push", "anchor"])
def test_an_address_with_a_password_is_refused_without_repeating_it(tmp_path: Path, key: str) -> None:
    config = tmp_path / "forgewatch.yaml"
    config.write_text(f"repositories:\n  - path: /srv/a\n    {key}: https://user:secret@host/a.git\n")
    with pytest.raises(UsageError, match=rf"yaml:3: repositories\[0\]\.{key}: expected the address .*holds a password") as refused:
        load_settings(str(config), {})
    assert "secret" not in str(refused.value) + refused.value.hint
