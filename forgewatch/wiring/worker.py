"""The worker's objects. The only wiring that reaches GitPython: importing it runs `git`, so no other process may."""

from __future__ import annotations

from pathlib import Path
from typing import assert_never

from forgewatch.adapters.fact_cache import SqliteFacts
from forgewatch.adapters.input_store import FolderInputs
from forgewatch.adapters.repository import open_repository
from forgewatch.adapters.tree_copy import RepositoryCopier
from forgewatch.adapters.worker_server import serve
from forgewatch.app.capture import Sources
from forgewatch.app.copying import copy
from forgewatch.app.extraction import Memory
from forgewatch.app.looking import look
from forgewatch.app.worker import Engine, answer
from forgewatch.core.copying import Copied, CopyRequest
from forgewatch.core.places import places_of
from forgewatch.core.report import AuditAnswer, AuditRequest
from forgewatch.core.repository_facts import Facts, FactsRequest
from forgewatch.wiring.checks import CHECKS
from forgewatch.wiring.languages import LazyGrammars


class WarmSources:
    """Opens a repository's sources; caches of facts stay warm between audits of the same repository."""

    def __init__(self) -> None:
        self._caches: dict[str, SqliteFacts] = {}
        self._memories: dict[str, Memory] = {}
        self._grammars = LazyGrammars()

    def open(self, request: AuditRequest | FactsRequest) -> Sources:
        """Return the sources of the repository that the request names."""
        cache = self.cache_of(request.state)
        tree, store = open_repository(request.root, request.state, request.git, places_of(request.layout), request.settings.limits)
        inputs, memory = FolderInputs(Path(request.state)), self._memories[request.state]
        return Sources(
            tree=tree, store=store, cache=cache, memory=memory, grammars=self._grammars, trees=store, inputs=inputs, lineage=store
        )

    def cache_of(self, state: str) -> SqliteFacts:
        """Return the cache in a state folder. One repository at a time stays in memory: a daemon may serve hundreds."""
        if state not in self._caches:
            for other in self._caches.values():
                other.close()
            self._caches.clear()
            self._memories = {state: Memory()}
            self._caches[state] = SqliteFacts(Path(state) / "cache")
        return self._caches[state]


def run_worker() -> int:
    """Serve audits from standard input until the daemon ends or nothing is asked for a while."""
    sources = WarmSources()
    engine = Engine(checks=CHECKS, open_sources=sources.open)

    def answer_and_save(request: AuditRequest | FactsRequest | CopyRequest) -> AuditAnswer | Facts | Copied:
        about = request.facts if isinstance(request, CopyRequest) else request
        told = _answer(request, sources, engine)
        sources.cache_of(about.state).save()
        return told

    return serve(answer_and_save)


def _answer(request: AuditRequest | FactsRequest | CopyRequest, sources: WarmSources, engine: Engine) -> AuditAnswer | Facts | Copied:
    match request:
        case AuditRequest():
            return answer(request, engine)
        case FactsRequest():
            return look(request, sources.open(request))
        case CopyRequest(facts=facts):
            return copy(request, sources.open(facts), RepositoryCopier(facts.root, facts.settings.limits.hashed_bytes))
        case other:
            assert_never(other)
