"""What the codes of W3, physics route coverage, mean (checks.md W3)."""

from __future__ import annotations

from forgewatch.core.catalogue import EDIT, CodeDoc

CODES: tuple[CodeDoc, ...] = (
    CodeDoc(
        code="W301",
        title="declared route without handler",
        means="physics.yaml declares METHOD and path, and no handler answers it. Handlers of FastAPI, Starlette and Flask are read, and "
        "with the extra `polyglot` those of Express, Hono, Next, net/http, gorilla/mux, chi, gin and echo; where the backend is written "
        "with anything else, nothing is told to be missing. A route that this cycle took out of physics.yaml counts unless its handler "
        "went with it.",
        good="paths: /users: get: and @router.get('/users')",
        bad="paths: /users: delete: and no handler for DELETE /users",
        fix="Write the handler, correct its method or path, or have the contract changed.",
        action="add a handler for {expected}, or take it out of physics.yaml with the operator's consent",
        allows=("path", "physics", "changed"),
        ways=(("edit any", "test"),),
    ),
    CodeDoc(
        code="W302",
        title="handler without declaration",
        means="A handler answers a METHOD and path that physics.yaml does not declare. Outside of Python only what hangs on a router "
        "counts that a framework made, in this file or in one that it is imported from or handed over by: a client of the path is none.",
        good="the route was added to physics.yaml before its handler",
        bad="@router.post('/users/import') and nothing in physics.yaml",
        fix="Declare the route in physics.yaml, or remove the handler.",
        action="declare {actual} in physics.yaml, or remove the handler in {path}:{line}",
        allows=("path", "physics"),
        ways=(("edit physics", "sync physics", "test"), EDIT),
    ),
    CodeDoc(
        code="W303",
        title="physics.yaml with a defect",
        means="physics.yaml is no strict YAML (its routes were read by indentation), is missing while handlers exist, or was removed.",
        good='status: "ok | degraded"',
        bad='status: "ok" | "degraded"',
        fix="Correct the line: quote texts that hold a colon or quotes; no anchors, aliases, tags or duplicate keys.",
        action="correct {path}: {actual}",
        allows=("physics",),
    ),
    CodeDoc(
        code="W304",
        title="route that cannot be compared",
        means="The path of a handler, or a prefix before it, is not a constant.",
        good="app.include_router(users.router, prefix='/api/v1')",
        bad="app.include_router(users.router, prefix=settings.prefix)",
        fix="Nothing; a constant prefix lets the route be compared.",
        action="write the path in {path}:{line} as a constant",
        note=True,
    ),
    CodeDoc(
        code="W305",
        title="declared routes changed in this cycle",
        means="physics.yaml declares other routes than at BASE.",
        good="the new route and its declaration in one change that the operator sees",
        bad="a declaration removed because its handler is missing",
        fix="Nothing, when the change is meant; the operator authorizes it with the audit.",
        action="have the change of {path} authorized",
        allows=("physics",),
        note=True,
    ),
)
