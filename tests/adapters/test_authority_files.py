"""The operator's files are read only where the builder cannot have written them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from forgewatch.adapters.authority_files import load_rules
from forgewatch.core.authority import Tier
from forgewatch.core.errors import EnvironmentFault
from forgewatch.core.settings import AuthoritySettings, RepositorySettings, Settings
from forgewatch.core.ssh_keys import fingerprint_of
from tests.support.ssh import allowed, software_public

ONE = software_public(1)
TEXT = allowed({"alice": ONE})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository, and beside it the operator's folder with a file of signers."""
    for name in ("repository", "operator"):
        (tmp_path / name).mkdir(mode=0o755)
    write(tmp_path / "operator/signers", TEXT)
    return tmp_path / "repository"


def write(path: Path, text: str, mode: int = 0o644) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def settings(path: Path, **changes: object) -> Settings:
    return Settings(authority=replace(AuthoritySettings(allowed_signers=str(path)), **changes))  # type: ignore[arg-type]


def refused(root: Path, chosen: Settings) -> EnvironmentFault:
    with pytest.raises(EnvironmentFault) as caught:
        load_rules(chosen, root)
    assert caught.value.hint
    return caught.value


def test_without_a_file_every_action_is_tier_0(root: Path) -> None:
    rules = load_rules(Settings(), root)
    assert (rules.signers, rules.tiers, rules.least("RELEASE"), rules.threshold) == (None, {}, Tier.T0, 2)


def test_the_rules_are_the_operators(root: Path) -> None:
    revoked = write(root.parent / "operator/revoked", fingerprint_of(ONE))
    chosen = settings(
        root.parent / "operator/signers", revoked=str(revoked), tiers=(("RELEASE", 3), ("AUTHORIZED", 1)), threshold=4, builders=("bot",)
    )
    rules = load_rules(chosen, root)
    assert rules.signers is not None
    assert [signer.principals for signer in rules.signers.signers] == [("alice",)]
    assert (rules.revoked.fingerprints, rules.builders, rules.threshold) == ({fingerprint_of(ONE)}, {"bot"}, 4)
    assert (rules.tiers, rules.least("APPROVED")) == ({"RELEASE": Tier.T3, "AUTHORIZED": Tier.T1}, Tier.T0)


def test_a_tier_without_signers_is_an_error_and_never_tier_0(root: Path) -> None:
    error = refused(root, Settings(authority=AuthoritySettings(tiers=(("APPROVED", 0), ("RELEASE", 2)))))
    assert "asks for T2 of RELEASE, expected authority.allowed_signers to name a file, found none" in str(error)
    assert load_rules(Settings(authority=AuthoritySettings(tiers=(("RELEASE", 0),))), root).least("RELEASE") is Tier.T0


def test_a_link_of_the_operator_to_a_file_of_the_operator_is_followed(root: Path) -> None:
    top = root.parent
    (top / "operator/..data").symlink_to("current")
    (top / "operator/current").symlink_to(top / "operator")
    (top / "link").symlink_to("operator/..data/../operator/./signers")
    assert load_rules(settings(top / "link"), root).signers is not None


def inside(root: Path) -> Path:
    return write(root / "signers", TEXT)


def linked_into(root: Path) -> Path:
    write(root / "signers", TEXT)
    (root.parent / "operator/link").symlink_to(root / "signers")
    return root.parent / "operator/link"


def linked_out_of(root: Path) -> Path:
    (root / "link").symlink_to(root.parent / "operator/signers")
    return root / "link"


def through_the_repository(root: Path) -> Path:
    (root / "folder").symlink_to(root.parent / "operator")
    (root.parent / "operator/link").symlink_to(root / "folder/signers")
    return root.parent / "operator/link"


def with_dots(root: Path) -> Path:
    return root / "../operator/../repository/../operator/signers"


@pytest.mark.parametrize("place", [inside, linked_into, linked_out_of, through_the_repository, with_dots])
def test_a_file_that_is_reached_through_the_repository_is_refused(root: Path, place: Callable[[Path], Path]) -> None:
    error = refused(root, settings(place(root)))
    assert f"is inside the repository {root}, where the builder writes" in str(error)
    assert "/etc/forgewatch" in error.hint


def test_a_file_inside_another_governed_repository_is_refused(root: Path) -> None:
    other = root.parent / "other"
    other.mkdir()
    write(other / "signers", TEXT)
    chosen = replace(settings(other / "signers"), repositories=(RepositorySettings(path=str(other)),))
    assert f"is inside the repository {other}" in str(refused(root, chosen))


@pytest.mark.parametrize("mode", [0o664, 0o646, 0o666])
def test_a_file_that_others_may_write_is_refused(root: Path, mode: int) -> None:
    path = root.parent / "operator/signers"
    path.chmod(mode)
    error = refused(root, settings(path))
    assert f"authority.allowed_signers: {path} is writable for others than its owner, mode {mode:04o}" in str(error)
    assert error.hint == f"chmod go-w {path}"


@pytest.mark.parametrize("mode", [0o775, 0o757])
def test_a_folder_in_which_others_may_put_another_file_is_refused(root: Path, mode: int) -> None:
    folder = root.parent / "operator"
    folder.chmod(mode)
    assert f"{folder} is writable for others" in str(refused(root, settings(folder / "signers")))


def test_in_a_folder_with_the_sticky_bit_nobody_replaces_what_is_anothers(root: Path) -> None:
    (root.parent / "operator").chmod(0o1777)
    assert load_rules(settings(root.parent / "operator/signers"), root).signers is not None


def test_the_list_of_revoked_keys_is_looked_at_likewise(root: Path) -> None:
    path = write(root.parent / "operator/revoked", "", 0o666)
    error = refused(root, settings(root.parent / "operator/signers", revoked=str(path)))
    assert f"authority.revoked: {path} is writable" in str(error)
    assert "authority.revoked" in str(refused(root, Settings(authority=AuthoritySettings(revoked=str(root / "gone")))))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to others")
@pytest.mark.parametrize("theirs", ["operator/signers", "operator"])
def test_what_belongs_to_the_builder_is_refused_where_we_are_another_user(root: Path, theirs: str) -> None:
    os.chown(root, 4711, 4711)
    assert load_rules(settings(root.parent / "operator/signers"), root).signers is not None
    os.chown(root.parent / theirs, 4711, -1)
    error = refused(root, settings(root.parent / "operator/signers"))
    assert f"{root.parent / theirs} belongs to user id 4711, the builder's; expected root or the operator" in str(error)
    assert error.hint == f"chown root {root.parent / theirs}"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to others")
def test_a_link_that_belongs_to_the_builder_is_refused(root: Path) -> None:
    os.chown(root, 4711, 4711)
    link = root.parent / "link"
    link.symlink_to(root.parent / "operator/signers")
    os.chown(link, 4711, -1, follow_symlinks=False)
    assert f"{link} belongs to user id 4711" in str(refused(root, settings(link)))


def absent(folder: Path) -> Path:
    return folder / "gone"


def loop(folder: Path) -> Path:
    (folder / "loop").symlink_to("loop")
    return folder / "loop"


def pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe", 0o600)
    return folder / "pipe"


def large(folder: Path) -> Path:
    return write(folder / "large", "#" * 300_000)


def below_a_file(folder: Path) -> Path:
    return folder / "signers/x"


@pytest.mark.parametrize(
    ("place", "why"),
    [
        (absent, "No such file"),
        (loop, "a loop of links"),
        (pipe, "is a FIFO"),
        (large, "over the limit"),
        (below_a_file, "Not a directory"),
        (lambda folder: folder, "is a directory"),
        (lambda _: Path("/"), "expected a file"),
        (lambda folder: write(folder / "bad", "alice\n"), "line 1: expected principals"),
    ],
)
def test_a_file_that_cannot_be_read_as_a_whole_is_an_error(root: Path, place: Callable[[Path], Path], why: str) -> None:
    assert why in str(refused(root, settings(place(root.parent / "operator"))))


def test_a_repository_that_is_gone_has_no_other_user(root: Path) -> None:
    signers = root.parent / "operator/signers"
    root.rmdir()
    assert load_rules(settings(signers), root).signers is not None
