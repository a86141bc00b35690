"""Which distributions may bring an import: the operator's map, then the shipped table of facts, then identity (checks.md A9).

Never the environment of the daemon: what is installed here says nothing about what the project declares.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from forgewatch.core.distribution_names import CLOUD, DATABASES, GENERAL, SCIENCE, WEB
from forgewatch.core.distribution_namespaces import NAMESPACES, PREFIXES

_SEPARATORS = re.compile(r"[-_.]+")
_NAMESPACE_DEPTH = 4

_FAMOUS = """
aiohttp alembic anthropic arrow asyncpg bcrypt boto3 botocore bs4 celery certifi click cryptography Crypto cv2 dateutil django docker
dotenv fastapi flask gunicorn httpx jinja2 jose jwt keras kubernetes langchain lxml matplotlib mongoengine motor nltk numpy openai
openpyxl OpenSSL orjson pandas paramiko passlib PIL playwright polars psutil psycopg psycopg2 pydantic pydantic_settings pymongo
pymysql pytest redis requests rich scipy seaborn selenium sentry_sdk sklearn sqlalchemy sqlmodel starlette streamlit stripe
structlog supabase tensorflow torch tornado tqdm transformers twilio typer ujson urllib3 uvicorn websockets werkzeug yaml zmq
"""

_WORDS = """
acme agents analytics barcode board box captcha chess community constraint consul daemon data editor environ facebook hosts hydra
impersonate instagram mailer material notifications organizations pipeline proxy registration requirements robot slack storages tree twitter
validate visa web
"""


def _rows(*blocks: str) -> Iterable[tuple[str, tuple[str, ...]]]:
    for row in " ".join(blocks).split():
        name, _, distributions = row.partition("=")
        yield name, tuple(distributions.split("|"))


TABLE: dict[str, tuple[str, ...]] = dict(_rows(GENERAL, WEB, CLOUD, DATABASES, SCIENCE, PREFIXES))
"""Dotted import prefix to candidate distributions, normalised. Never changed after import."""

FAMOUS = frozenset(_FAMOUS.split())
"""Import names no project gives to a module of its own; taking one in this cycle is a finding (A907)."""

_ORDINARY = frozenset(_WORDS.split())

_TOPS_OF_NAMESPACES = frozenset(name.partition(".")[0] for name in NAMESPACES)


def normalised(name: str) -> str:
    """Return a distribution name by PEP 503: lower case, runs of `-`, `_` and `.` as one `-`."""
    return _SEPARATORS.sub("-", name).lower()


def is_known(top: str) -> bool:
    """True when the top-level name `top` means a distribution wherever nothing nearer says otherwise.

    An ordinary word (`web`, `pipeline`, `storages`) is as likely the name of a module that somebody wrote.
    """
    return top in FAMOUS or is_namespace(top) or (top in TABLE and top not in _ORDINARY)


def is_namespace(top: str) -> bool:
    """True when many distributions share the top-level name `top`, so that it says nothing by itself."""
    return top in _TOPS_OF_NAMESPACES


def candidates(module: str, operator_map: Sequence[tuple[str, str]] = ()) -> tuple[str, ...]:
    """Return the distributions, normalised, any of which may bring the dotted `module`; never empty.

    The operator's row with the longest matching prefix decides alone; else the table's; else identity. Below a namespace without
    a row the parts are joined: `zope.interface` is `zope-interface`.
    """
    prefixes = _prefixes(module)
    for prefix in prefixes:
        told = tuple(normalised(name) for known, name in operator_map if known == prefix)
        if told:
            return told
    known_prefix = next((prefix for prefix in prefixes if prefix in TABLE), None)
    top = prefixes[-1]
    if known_prefix is not None and (known_prefix != top or not is_namespace(top)):
        return TABLE[known_prefix]
    joined = _joined(module) if is_namespace(top) else ()
    return tuple(dict.fromkeys((*TABLE.get(top, ()), *joined, normalised(top))))


def _prefixes(module: str) -> tuple[str, ...]:
    parts = module.split(".")
    return tuple(".".join(parts[:count]) for count in range(len(parts), 0, -1))


def _joined(module: str) -> tuple[str, ...]:
    parts = module.split(".")
    return tuple(normalised("-".join(parts[:count])) for count in range(min(len(parts), _NAMESPACE_DEPTH), 1, -1))


def modules_of(module: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return the dotted modules that `import module` or `from module import names` needs, one per set of candidates.

    `from google.cloud import storage, bigquery` needs two distributions; `from yaml import load, dump` one.
    """
    wanted = [f"{module}.{name}" for name in names if name != "*"] or [module]
    seen: dict[tuple[str, ...], str] = {}
    for dotted in wanted:
        seen.setdefault(candidates(dotted), dotted if _is_told_apart(module) else module)
    return tuple(seen.values())


def _is_told_apart(module: str) -> bool:
    return module in NAMESPACES or is_namespace(module)
