"""Authority that cannot be forged: what a person signs, and whether the signatures are enough (ledger.md section 2, tiers T1 to T3).

A request names one action on one exact state. Its canonical bytes are what is shown, signed and compared: a field that disagrees with the
facts makes it worthless, however good the signature. Nothing here verifies a signature or knows the time: both are handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from forgewatch.core.allowed_signers import AllowedSigners, Revoked, held_by, is_revoked, principals_of
from forgewatch.core.approval import Disagreement
from forgewatch.core.authority_request import Request, SignedRequest, Wanted, parse_request
from forgewatch.core.ssh_keys import fingerprint_of
from forgewatch.core.sshsig import NAMESPACE, SshSignature, parse_sshsig
from forgewatch.core.values import Refused
from forgewatch.core.wildcards import is_wild

Verify = Callable[[SshSignature, bytes], bool]


class Tier(IntEnum):
    """How much is known of who said it: T0 nothing, T1 a key, T2 a hand on a hardware key, T3 several people."""

    T0 = 0
    T1 = 1
    T2 = 2
    T3 = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityRules:
    """The operator's word on authority. `signers` None: no file is configured. `tiers`: the least tier of an action, T0 for one that is
    not named. `threshold`: distinct people for T3. `builders`: principals whose signature never counts."""

    signers: AllowedSigners | None = None
    revoked: Revoked = field(default_factory=Revoked)
    tiers: Mapping[str, Tier] = field(default_factory=dict)
    threshold: int = 2
    builders: frozenset[str] = frozenset()

    def least(self, action: str) -> Tier:
        """Return the tier that an action needs."""
        return self.tiers.get(action, Tier.T0)


@dataclass(frozen=True, slots=True)
class Granted:
    """The request holds, at this tier, by these people. Its nonce has to be consumed durably before anything is done."""

    tier: Tier
    principals: tuple[str, ...]
    request: Request


@dataclass(frozen=True, slots=True)
class _Signer:
    """The names of the key of one counted signature, and whether it was touched."""

    names: tuple[str, ...]
    present: bool


def judge_signed(
    signed: SignedRequest, expected: Wanted, rules: AuthorityRules, verify: Verify, used_nonces: Container[str], at: str
) -> Granted | Disagreement:
    """Return what a signed request is worth at the UTC time `at`, or the first thing that is not as it must be, with both sides.

    Order: 1 form, 2 the facts, each field, 3 not before, expiry, nonce, 4 each signature: valid, namespace, not revoked, allowed,
    5 builders do not count, 6 the tier. The caller consumes the nonce durably before it acts.
    """
    request = parse_request(signed.request)
    if isinstance(request, Refused):
        return Disagreement("form", "a request as forgewatch writes it", request.why)
    against = expected.disagreement(request) or _not_now(request, used_nonces, at)
    if against is not None:
        return Disagreement(*against)
    if rules.signers is None:
        return Disagreement("allowed signers", "a file named by authority.allowed_signers", "none")
    if not signed.signatures:
        return Disagreement("signatures", "at least 1", "0")
    counted = []
    for raw in signed.signatures:
        signer = _signer(raw, signed.request, rules, rules.signers, verify, at)
        if isinstance(signer, Disagreement):
            return signer
        counted += [signer] if signer else []
    return _granted(request, tuple(counted), rules)


def _not_now(request: Request, used_nonces: Container[str], at: str) -> tuple[str, str, str] | None:
    if at < request.not_before:
        return "not before", f"a time that has come, it is {at}", request.not_before
    if at >= request.expires:
        return "expiry", f"a time to come, it is {at}", request.expires
    if request.nonce in used_nonces:
        return "nonce", "one that was not used yet", f"{request.nonce}, used before"
    return None


def _signer(
    raw: bytes, message: bytes, rules: AuthorityRules, signers: AllowedSigners, verify: Verify, at: str
) -> _Signer | Disagreement | None:
    """Return who signed, None for a builder."""
    signature = parse_sshsig(raw)
    if isinstance(signature, Refused):
        return Disagreement("signature", "an SSH signature", signature.why)
    key = fingerprint_of(signature.public)
    if not verify(signature, message):
        return Disagreement("signature", "one over this request", f"one of {key} over something else")
    if signature.namespace != NAMESPACE:
        return Disagreement("namespace", NAMESPACE, signature.namespace)
    if is_revoked(rules.revoked, signature.public):
        return Disagreement("revoked", "a key that is not revoked", key)
    names = principals_of(signers, signature.public, signature.namespace, at)
    if not names:
        return Disagreement("key", f"one that allowed_signers allows for {NAMESPACE} at {at}", key)
    if held_by(signers, signature.public, rules.builders):
        return None
    return _Signer(names, signature.user_present)


def _granted(request: Request, counted: tuple[_Signer, ...], rules: AuthorityRules) -> Granted | Disagreement:
    if not counted:
        return Disagreement("principal", "somebody who is no builder", ", ".join(sorted(rules.builders)))
    least = rules.least(request.action)
    people = _people(counted)
    absent = next((signer for signer in counted if not signer.present), None)
    if least is Tier.T2 and absent is not None:
        return Disagreement("user presence", "the touch of a hardware key for each signature", f"none for {', '.join(absent.names)}")
    enough = len(people) >= max(2, rules.threshold)
    if least is Tier.T3 and not enough:
        told = f"{len(people)}" + (f": {', '.join(people)}" if people else "")
        return Disagreement("threshold", f"{max(2, rules.threshold)} distinct principals", told)
    principals = tuple(dict.fromkeys(name for signer in counted for name in signer.names))
    return Granted(Tier.T3 if enough else Tier.T1 if absent else Tier.T2, principals, request)


def _people(counted: tuple[_Signer, ...]) -> tuple[str, ...]:
    """Return one name for each person who surely is another one than the others.

    Keys with a name in common are one person's. A key whose name is a pattern is nobody's in particular: it might be anyone's here.
    """
    groups: list[set[str]] = []
    for signer in counted:
        if any(is_wild(name) for name in signer.names):
            continue
        names = set(signer.names)
        apart = [group for group in groups if not group & names]
        joined = names.union(*(group for group in groups if group & names))
        groups = [*apart, joined]
    return tuple(sorted(min(group) for group in groups))
