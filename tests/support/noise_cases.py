"""Honest lines full of random characters: digests, identifiers, encoded data, minified code. Made anew by each seed, so none is learnt."""

from __future__ import annotations

import base64
from collections.abc import Callable

from tests.support.secret_cases import ALNUM, BASE64, DIGITS, HEX, LOWER, UPPER, URLSAFE, Maker

Line = Callable[[Maker], str]


def _base64(maker: Maker, count: int) -> str:
    return base64.b64encode(maker.random.randbytes(count)).decode()


def _words(maker: Maker, count: int) -> str:
    return " ".join(maker.some(LOWER, maker.random.randint(2, 9)) for _ in range(count))


def _minified(maker: Maker) -> str:
    names = [maker.some(LOWER, maker.random.randint(1, 2)) for _ in range(6)]
    a, b, c, d, e, f = names
    return (
        f'!function({a},{b}){{"use strict";var {c}={a}.token,{d}={b}.password||"",{e}=function({f}){{return {f}.secret?{c}({f}):'
        f"{d}[{f}.key]}};{a}.{b}={e};{a}.api_key={b}.api_key}}(window,document);"
    )


def _map(maker: Maker) -> str:
    return (
        '{"version":3,"mappings":"' + ";".join(maker.some(UPPER + LOWER, 4) + "," + maker.some(UPPER + LOWER, 4) for _ in range(12)) + '"}'
    )


NOISE: dict[str, Line] = {
    "git id": lambda m: f"commit {m.some(HEX, 40)}",
    "short git id": lambda m: f"Fixes {m.some(HEX, 7)} and {m.some(HEX, 12)}",
    "sha256 in a record": lambda m: f"digest: sha256:{m.some(HEX, 64)}",
    "checksum file": lambda m: f"{m.some(HEX, 64)}  dist/package-{m.some(DIGITS, 2)}.tar.gz",
    "md5": lambda m: f"md5sum = {m.some(HEX, 32)}",
    "pip hash": lambda m: f"    --hash=sha256:{m.some(HEX, 64)} \\",
    "poetry lock": lambda m: f'    {{file = "x-1.0-py3-none-any.whl", hash = "sha256:{m.some(HEX, 64)}"}},',
    "npm lock": lambda m: f'      "integrity": "sha512-{_base64(m, 64)}",',
    "yarn lock": lambda m: f"  integrity sha512-{_base64(m, 64)}",
    "go.sum": lambda m: f"golang.org/x/mod v0.{m.some(DIGITS, 2)}.0 h1:{_base64(m, 32)}",
    "cargo lock": lambda m: f'checksum = "{m.some(HEX, 64)}"',
    "gemfile lock": lambda m: f"  token (1.2.{m.some(DIGITS, 1)}) sha256={m.some(HEX, 64)}",
    "terraform lock": lambda m: f'    "h1:{_base64(m, 32)}",',
    "terraform zh": lambda m: f'    "zh:{m.some(HEX, 64)}",',
    "docker digest": lambda m: f"FROM python:3.12-slim@sha256:{m.some(HEX, 64)}",
    "action pinned": lambda m: f"      - uses: actions/checkout@{m.some(HEX, 40)}  # v4",
    "uuid": lambda m: f'id = "{m.uuid()}"',
    "uuid of a session": lambda m: f"session_id: {m.uuid()}",
    "request id": lambda m: f'"request_id": "{m.uuid()}", "trace": "{m.some(HEX, 32)}"',
    "traceparent": lambda m: f"traceparent: 00-{m.some(HEX, 32)}-{m.some(HEX, 16)}-01",
    "etag": lambda m: f'ETag: "{m.some(HEX, 32)}"',
    "subresource": lambda m: f'<script src="/a.js" integrity="sha384-{_base64(m, 48)}" crossorigin="anonymous"></script>',
    "png": lambda m: f"background: url(data:image/png;base64,iVBORw0KGgo{_base64(m, 180)});",
    "font": lambda m: f"src: url(data:font/woff2;base64,d09GMg{_base64(m, 180)}) format('woff2');",
    "svg path": lambda m: '<path d="M' + " ".join(f"{m.random.uniform(0, 99):.3f}" for _ in range(14)) + 'z"/>',
    "notebook image": lambda m: f'    "image/png": "iVBORw0KGgo{_base64(m, 150)}\\n",',
    "source map": _map,
    "minified": _minified,
    "public ssh key": lambda m: f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5{_base64(m, 33)} anna@example.org",
    "public rsa key": lambda m: f"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAB{_base64(m, 180)} build",
    "known host": lambda m: f"|1|{_base64(m, 20)}|{_base64(m, 20)} ssh-ed25519 AAAAC3NzaC1lZDI1NTE5{_base64(m, 33)}",
    "certificate": lambda m: f"MIID{_base64(m, 45)}",
    "fingerprint": lambda m: f"SHA256:{_base64(m, 32).rstrip('=')} anna@example.org (ED25519)",
    "certificate fingerprint": lambda m: ":".join(m.some(HEX, 2).upper() for _ in range(20)),
    "ethereum address": lambda m: f'tokenContract = "0x{m.some(HEX, 40)}"',
    "transaction": lambda m: f'tx_hash: "0x{m.some(HEX, 64)}"',
    "object id": lambda m: f'_id: ObjectId("{m.some(HEX, 24)}")',
    "ulid": lambda m: f"event {m.some(UPPER + DIGITS, 26)} stored",
    "nanoid in a class": lambda m: f'<div class="{m.some(URLSAFE, 7)} {m.some(URLSAFE, 7)}">',
    "css module": lambda m: f".button_{m.some(ALNUM, 5)}__{m.some(ALNUM, 5)} {{ color: #{m.some(HEX, 6)}; }}",
    "asset name": lambda m: f'<link rel="stylesheet" href="/assets/index-{m.some(ALNUM, 8)}.css">',
    "integer array": lambda m: "int key[] = {" + ", ".join(f"0x{m.some(HEX, 2)}" for _ in range(16)) + "};",
    "seed words": lambda m: f'description = "{_words(m, 12)}"',
    "translation": lambda m: f'"password.reset.hint": "{_words(m, 6).capitalize()}"',
    "prose about passwords": lambda m: f"The password {_words(m, 7)} the token {_words(m, 3)}.",
    "phone and order": lambda m: f"order={m.some(DIGITS, 12)} phone=+49{m.some(DIGITS, 10)}",
    "iban": lambda m: f"IBAN: DE{m.some(DIGITS, 20)}",
    "timestamp": lambda m: f"token_expires_at = 17{m.some(DIGITS, 8)}",
    "float table": lambda m: "weights = [" + ", ".join(f"{m.random.uniform(-1, 1):.8f}" for _ in range(10)) + "]",
    "sql insert": lambda m: f"INSERT INTO users (id, token_count) VALUES ('{m.uuid()}', {m.some(DIGITS, 4)});",
    "vcs url": lambda m: f"https://github.com/example/project/commit/{m.some(HEX, 40)}",
    "presigned name only": lambda m: f"https://example.org/file?etag={m.some(HEX, 32)}&version={m.some(DIGITS, 3)}",
    "build id": lambda m: f"BuildId: {m.some(HEX, 40)}",
    "snapshot": lambda m: f'exports[`renders {_words(m, 3)} 1`] = `"{_words(m, 4)}"`;',
    "hex color list": lambda m: "palette: " + ", ".join(f"#{m.some(HEX, 6)}" for _ in range(8)),
    "regex": lambda m: f"re.compile(r'(?:{m.some(LOWER, 5)}|{m.some(LOWER, 6)})_[A-Za-z0-9]{{20,40}}')",
    "placeholder": lambda m: f"export API_TOKEN=<{m.some(LOWER, 8)}-token>",
    "environment": lambda m: f'password = os.environ["{m.some(UPPER, 6)}_PASSWORD"]',
    "vault path": lambda m: f"secret: vault:secret/data/{m.some(LOWER, 6)}/{m.some(LOWER, 5)}#password",
    "kubernetes reference": lambda m: f"secretName: {m.some(LOWER, 6)}-{m.some(LOWER, 4)}-tls",
    "proto": lambda m: f"  string refresh_token = {m.some(DIGITS, 2)};",
    "diff index line": lambda m: f"index {m.some(HEX, 7)}..{m.some(HEX, 7)} 100644",
    "conda": lambda m: f"  - numpy=1.26.4=py312h{m.some(HEX, 7)}_0",
    "nix": lambda m: f'  sha256 = "{m.some(LOWER + DIGITS, 52)}";',
    "bazel": lambda m: f'    integrity = "sha256-{_base64(m, 32)}",',
    "deno lock": lambda m: f'    "https://deno.land/std/path/mod.ts": "{m.some(HEX, 64)}",',
    "pub lock": lambda m: f'      sha256: "{m.some(HEX, 64)}"',
    "podfile": lambda m: f"  AFNetworking: {m.some(HEX, 40)}",
    "base64 text": lambda m: f"data: {_base64(m, 120)}",
    "csp nonce": lambda m: f"<script nonce=\"{{{{ csp_nonce }}}}\">var v = '{m.some(BASE64, 10)}';</script>",
}


def noise(seed: int = 1, rounds: int = 5) -> list[tuple[str, str]]:
    """Return (kind, line), `rounds` of each kind."""
    maker = Maker(seed)
    return [(kind, make(maker)) for _ in range(rounds) for kind, make in NOISE.items()]
