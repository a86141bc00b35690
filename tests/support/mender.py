"""A program that mends what an audit found. It knows the JSON of `audit --json`, git, Markdown headings and lists, and nothing of
forgewatch: what it cannot read in the document, it cannot do. A mind may be given to it for the work that no program can do."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Document = dict[str, Any]
Mind = Callable[[Path, str], bool]
"""Told the root and what is to be done; True when it could."""


def mindless(_: Path, __: str) -> bool:
    return False


@dataclass
class Mender:
    """`run_tests` is the runner of the project; `audit` runs the command of a step and returns the document. `asked` is what a person
    was told, `allowed` the closed list of the steps in hand: a change outside of it fails the test."""

    root: Path
    audit: Callable[[str], Document]
    run_tests: Callable[[Path], None]
    mind: Mind = mindless
    asked: list[str] = field(default_factory=list)
    allowed: frozenset[str] = frozenset()
    seen: dict[str, list[str]] = field(default_factory=dict)

    def finish(self) -> list[Document]:
        """Repeat audit and mending until the document says that there is nothing (more) to do, and return all documents."""
        documents = [self.audit("forgewatch audit")]
        while documents[-1]["next_action"] == "fix_and_recomplete":
            steps = documents[-1]["fix_plan"]
            if any(all(way["by"] == "operator" for way in step["ways"]) for step in steps):
                break
            self.mend(steps)
            documents.append(self.audit(steps[0]["verify"]))
        last = documents[-1]
        self.asked += [
            op["text"] for step in last.get("fix_plan", []) for way in step["ways"][:1] for op in way["ops"] if op["op"] == "ask"
        ]
        return documents

    def mend(self, steps: list[Document]) -> None:
        """Do the first way of every step that can be done, each operation once: new documents first, tests last."""
        ops = [(op, frozenset(step["files_allowed"])) for step in steps for op in self.way(step)]
        self.seen = {}
        order = {"write": 0, "test": 2}
        done: list[Document] = []
        for op, self.allowed in sorted(ops, key=lambda one: order.get(one[0]["op"], 1)):
            if op not in done:
                getattr(self, op["op"])(op)
                done.append(op)

    def way(self, step: Document) -> list[Document]:
        ways: list[list[Document]] = [way["ops"] for way in step["ways"] if way["by"] == "builder"]
        # Without a mind nothing but a line can be edited: it is taken out.
        return next((ops for ops in ways if self.mind is not mindless or all(op["op"] != "edit" or "line" in op for op in ops)), [])

    # Files

    def place(self, path: str) -> Path:
        assert path in self.allowed, (path, self.allowed)
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        return self.root / path

    def git(self, *args: str, check: bool = True) -> bytes:
        run = subprocess.run(["git", "-C", str(self.root), *args], capture_output=True, check=False)
        assert not check or run.returncode == 0, (args, run.stderr)
        return run.stdout

    def in_commit(self, op: Document) -> str:
        """Return mode and blob of a path in the commit of an operation; empty when it is not in it."""
        listed = self.git("ls-tree", op["commit"], "--", f":(literal){op['path']}") if op["commit"] else b""
        return listed.decode("utf-8", "replace").partition("\t")[0]

    def restore(self, op: Document) -> None:
        target = self.place(op["path"])
        if target.is_dir() and not target.is_symlink():
            shutil.rmtree(target)
        target.unlink(missing_ok=True)
        if self.in_commit(op):
            self.git("checkout", op["commit"], "--", f":(literal){op['path']}")
        else:
            self.git("rm", "-q", "--cached", "--ignore-unmatch", "--", f":(literal){op['path']}")

    def move(self, op: Document) -> None:
        self.place(op["path"]).replace(self.place(op["to"]))
        for path in (op["path"], op["to"]):
            self.git("reset", "-q", "--", f":(literal){path}", check=False)

    def edit(self, op: Document) -> None:
        if "line" in op:
            lines = self.place(op["path"]).read_text().split("\n")
            # A document that has to say something says nothing by `None`; a line of code goes.
            lines[op["line"] - 1 : op["line"]] = ["- None"] if op["path"].endswith(".md") else []
            self.place(op["path"]).write_text("\n".join(lines))
            return
        assert self.mind(self.root, op["text"]), op

    def declare(self, op: Document) -> None:
        manifest = self.place(op["path"])
        manifest.write_text((manifest.read_text() if manifest.exists() else "") + op["text"] + "\n")

    def unflag(self, op: Document) -> None:
        self.git("update-index", "--no-assume-unchanged", "--no-skip-worktree", "--", op["path"])

    def uncommit(self, op: Document) -> None:
        self.git("reset", "-q", "--soft", op["commit"])

    def write(self, op: Document) -> None:
        self.place(op["path"]).write_text("")

    def test(self, op: Document) -> None:
        self.run_tests(self.place(op["path"]))

    def ask(self, op: Document) -> None:
        self.asked.append(op["text"])

    # The sections of a document

    def sections(self, file: str) -> list[list[str]]:
        """Return a document as lists of lines, each but the first beginning with its heading of the second level."""
        target = self.place(file)
        text = target.read_text() if target.exists() else ""
        self.seen.setdefault(file, text.split("\n"))
        parts: list[list[str]] = [[]]
        for line in text.rstrip("\n").split("\n"):
            if line.startswith("## "):
                parts.append([])
            parts[-1].append(line)
        return parts

    def section(self, parts: list[list[str]], title: str) -> list[str]:
        found = next((part for part in parts if re.match(rf"## {re.escape(title)}\b", part[0] if part else "")), None)
        if found is None:
            found = [f"## {title}"]
            # Before the hunks, which quote anything.
            at = next((n for n, part in enumerate(parts) if part and part[0].startswith("## Minimal Diff")), len(parts))
            parts.insert(at, found)
        return found

    def save(self, file: str, parts: list[list[str]]) -> None:
        self.place(file).write_text("\n".join("\n".join(part).rstrip("\n") + "\n" for part in parts if part))

    def claim(self, op: Document) -> None:
        parts = self.sections(op["file"])
        section = self.section(parts, op["section"])
        if op["text"] not in section:
            section[:] = [line for line in section if line not in ("", "- (none)")] + [op["text"]]
        self.save(op["file"], parts)

    def unclaim(self, op: Document) -> None:
        parts = self.sections(op["file"])
        if "line" in op:
            # A line of the document as it was audited: an operation before may have moved it.
            row = self.seen[op["file"]][op["line"] - 1]
            parts = [[line for line in part if line != row] for part in parts]
            section = self.section(parts, op["section"])
        else:
            section = self.section(parts, op["section"])
            named = re.compile(rf"(?<![\w./-]){re.escape(op['path'].rstrip('/'))}(?![\w-]|\.\w)")
            section[:] = [line for line in section if not named.search(line)]
        if not any(line.startswith(("- ", "|")) for line in section[1:]):
            section.append("- (none)")
        self.save(op["file"], parts)

    def sync_claim(self, op: Document) -> None:
        target = self.root / op["path"]
        now = ""
        if target.exists() or target.is_symlink():
            data = str(target.readlink()).encode() if target.is_symlink() else target.read_bytes()
            blob = subprocess.run(["git", "hash-object", "--stdin"], input=data, cwd=self.root, capture_output=True, check=True).stdout
            mode = "120000" if target.is_symlink() else "100755" if target.stat().st_mode & 0o100 else "100644"
            now = f"{mode} blob {blob.decode().strip()}"
        if now != self.in_commit(op):
            self.claim(op)
        else:
            self.unclaim(op)

    def state(self, op: Document) -> None:
        parts = self.sections(op["file"])
        section = self.section(parts, op["section"])
        if "label" not in op:
            if not any(line.strip() for line in section[1:]):
                section += ["- Phase 1 -- Things" if op["section"] == "Summary" else "- None"]
        else:
            item = re.compile(rf"- (?:\*\*)?{op['label']}\b")
            section[:] = [line for line in section if not item.match(line)] + [f"- {op['label']}: {op.get('text', 'PASS as run')}"]
        self.save(op["file"], parts)
