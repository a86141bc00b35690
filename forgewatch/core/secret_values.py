"""Does a value look made by a machine, or written by a person to show a place? (checks.md W1: entropy and placeholder shapes)

All questions are about one short string; none is answered by where it stands.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import math
import re
from collections import Counter
from itertools import pairwise

_COMMON_PAIRS = """
    th he in er an re nd at on nt ha es st en ed to it ou ea hi is or ti as te et ng of al de se le sa si ar ve ra ld ur ro ri io co me
    ne ll ic li ch be ma ce us no om el la ta il ho ec ss ac ns di tr rs un lo wi ge pa po pe ee so ts ot mo fo ut we ai ay ca ow wa im
    ul mi ad bo ab ly ag up sh su wh ke ie id do da pr fr ig fi na oo tt pl ev ei ef iv am em ap oc cl qu pp rt ty bl gh vi ex ct nc ir
    ry ov ey rd ck op sp ki ks os od rm ub ep gr uc ga gi go tu oa ff va ye yo my sc bu wo rk rn rl rc lt ls lf ud ue ui mp mm mb nn ni
    nu fa fe fu ok ob ol og pi pu hu ht ju ja jo je sk sw tw tl ws br cr cu ci cy dr du dy dd gn gu av ke ki aw ew
"""
_COMMON = frozenset(_COMMON_PAIRS.split())
_WORDS = re.compile(
    r"example|sample|placeholder|change.?me|replace|redacted|dummy|your[-_. ]|yourown|fake|insert[-_ ]|todo|fixme|foobar|lorem|"
    r"password|passw0rd|passwd|secret|not[-_]?(?:a[-_]?)?real|notreal|mysecret|my[-_](?:api|key|token|pass)|some[-_]|enter[-_]|"
    r"put[-_]|here$|testing|test[-_]|[-_]test|qwert|letmein|hunter2|asdf|undefined|default|supersecret|mock|stub|xxxx|abc123",
    re.IGNORECASE,
)
_TOKEN_WORDS = re.compile(r"example|placeholder|changeme|redacted|dummy|your[-_]?|replace|xxxx|insert|fakekey|notreal|todo", re.IGNORECASE)
_TEMPLATE = re.compile(
    r"\$\{|\$\(|\{\{|\}\}|%\(|%[sdr]\b|<[A-Za-z/!?_]|^<|>$|#\{|\{[A-Za-z_]*\}|^\$[A-Za-z_]|^%[A-Za-z_]+%$|\*\*\*|\.\.\.|\[[^\]]*\w-\w[^\]]*\]|\\[sdwbSDWB]|\{\d+,?\d*\}|…|^@|^!(?:vault|env|ref|sub|secret)"
)
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\Z", re.IGNORECASE)
_LETTERS = re.compile(r"[a-z]{3,}")
_HEX = re.compile(r"[0-9a-fA-F-]{20,}\Z")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_ESCAPE = re.compile(r"\\x[0-9a-fA-F]{2}|\\[rnt0]")
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4}){4,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?\Z")
_FEWEST_BYTES = 12
_SHORTEST_PERIOD = 12
_MANY_SWITCHES = 0.28
_LEET = str.maketrans("@4301!$57", "aaeoiisst")

KNOWN_EXAMPLES = frozenset(
    {
        *("1a5d44a2dca19669", "78314b11be2e5815", "e21b597ba6b9cafa", "c6ea27c534f993d3", "2cafc0970149a84f", "f2d6ca16515033e5"),
        *("0011cc25eb432071", "a3a9e1ed9732cab2", "986c0dc956dc822b", "aa6547439583c3a2", "731fa294d036e54f", "0b5dd075ccdd03c4"),
        *("f215faf9d88b7f0a", "07e23ede2756aa3f", "cd372fb85148700f", "3f2cd8e57b096fe7", "6c96130f130ab0d6", "00cf4c781dc37003"),
        *("ca7459e2b26776de", "8d567eb88afff34f", "9d03b692e941d5ac", "cf4d418ed3de92d7", "e4da07ad200089ce", "b8e148545b13c78b"),
        *("a35b81a7d7927b70", "bf145d9380bbe05b", "570dad43de1af4c9", "15cef4b629cc2d07", "24b6d840b1dffbed"),
    }
)
"""First 16 hex digits of the SHA-256 of values that issuers print in their own manuals. Kept as digests: the project holds no token."""


def digest16(value: str) -> str:
    """Return the first 16 hex digits of the value's SHA-256: enough to name it, no way back to a long one."""
    return hashlib.sha256(value.encode()).hexdigest()[:16]


def entropy(text: str) -> float:
    """Return Shannon's entropy of the characters of `text`, in bits per character."""
    size = len(text)
    return -sum(count / size * math.log2(count / size) for count in Counter(text).values())


def is_template(value: str) -> bool:
    """True for text that something else will be put into: `${X}`, `{{ x }}`, `<your key>`, `%(x)s`, `***`, `...`."""
    return _TEMPLATE.search(value) is not None


def is_patterned(value: str) -> bool:
    """True for keyboard work: one character over and over, few different ones, a counted sequence, a repeated block."""
    folded = value.lower()
    size = len(folded)
    if size < 8:
        return len(set(folded)) <= 2
    if len(set(folded)) <= max(3, min(6, size // 6)):
        return True
    steps = [ord(after) - ord(before) for before, after in pairwise(folded)]
    if sum(step in (1, -1) for step in steps) >= 0.45 * len(steps) or sum(step == 0 for step in steps) >= 0.5 * len(steps):
        return True
    skips = [ord(after) - ord(before) for before, after in zip(folded, folded[2:], strict=False)]
    if sum(step == 1 for step in skips) >= 0.6 * len(skips):
        return True
    return any(folded[period:] == folded[:-period] for period in range(1, min(size // 2, _SHORTEST_PERIOD) + 1))


def is_wordy(value: str) -> bool:
    """True when the letters of `value` follow each other as in words, whatever stands between them."""
    runs = _LETTERS.findall(_CAMEL.sub(" ", value).lower())
    pairs = [run[index : index + 2] for run in runs for index in range(len(run) - 1)]
    # Hexadecimal letters make pairs that are common in words; random text has few long runs of letters.
    if len(pairs) < 4 or _HEX.match(value) or sum(map(len, runs)) < (0.6 if len(value) >= 16 else 0.75) * sum(map(str.isalpha, value)):
        return False
    if sum(map(_switches, pairwise(value))) >= _MANY_SWITCHES * len(value):
        return False
    share = sum(pair in _COMMON for pair in pairs) / len(pairs)
    return share >= (0.8 if len(pairs) < 8 else 0.7 if len(pairs) < 16 else 0.62)


def _switches(pair: tuple[str, str]) -> bool:
    """True where a word would not go on: between letter and digit, and before a capital."""
    before, after = pair
    if not (before.isalnum() and after.isalnum()):
        return False
    return before.isdigit() != after.isdigit() or (before.islower() and after.isupper())


def is_uuid(value: str) -> bool:
    """True for the text form of a UUID."""
    return _UUID.match(value) is not None


def is_token_placeholder(value: str, body: str) -> bool:
    """True when a value of an issuer's shape was written to show the shape. `body` is the part behind the issuer's prefix."""
    if digest16(value) in KNOWN_EXAMPLES or _TOKEN_WORDS.search(body) or is_template(value):
        return True
    return is_patterned(body) or is_wordy(body)


def is_random(value: str, *, quoted: bool, uuids: bool) -> bool:
    """True when a value of no known shape was most likely made by a machine, or chosen with care.

    Sixteen characters and more: entropy and no words. Eight to fifteen: three kinds of characters, a digit not only at the end, and no
    words. `uuids` says whether a UUID counts, `quoted` whether it stood in quotation marks.
    """
    if len(value) < 8 or _is_placeholder(value) or _is_told_in_code(value):
        return False
    if is_uuid(value):
        return uuids and entropy(value) > 3.0
    kinds = _kinds(value)
    if len(value) < 16:
        return len(kinds) >= 3 and "digit" in kinds and entropy(value) >= 2.75 and not _is_dressed_word(value)
    mixed = "digit" in kinds and ("lower" in kinds or "upper" in kinds)
    cased = quoted and {"lower", "upper"} <= kinds and len(value) >= 20 and entropy(value) >= 3.8
    return (mixed or cased) and entropy(value) >= 3.0 and not is_wordy(value)


def _is_placeholder(value: str) -> bool:
    if digest16(value) in KNOWN_EXAMPLES or is_template(value) or is_patterned(value):
        return True
    return _WORDS.search(value) is not None or _WORDS.search(value.lower().translate(_LEET)) is not None


def _is_told_in_code(value: str) -> bool:
    """True for few bytes written as escapes (`\\x89PNG`: the mark of a kind of file) and for base64 of words: "the sample nonce"."""
    if "\\x" in value and len(_ESCAPE.sub("?", value)) < _FEWEST_BYTES:
        return True
    text = decoded(value) if _BASE64.match(value) else ""
    return text.isprintable() and is_wordy(text)


def decoded(text: str) -> str:
    """Return the UTF-8 text that base64 of either alphabet stands for, padding or not; empty when it stands for none."""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""


def is_meant_as_example(password: str) -> bool:
    """True when a password says that it is an example, or is a word of a script other than Latin: no program makes one of such letters."""
    return _TOKEN_WORDS.search(password) is not None or (password.isalpha() and not password.isascii())


def _is_dressed_word(value: str) -> bool:
    """A word with digits or marks at its ends: `Winter2024!`."""
    core = value.strip("0123456789!@#$%^&*()_-+=.?")
    return (core.isalpha() and len(core) >= 4) or is_wordy(value)


def _kinds(value: str) -> set[str]:
    return {"digit" if char.isdigit() else "lower" if char.islower() else "upper" if char.isupper() else "mark" for char in value}
