"""The finding codes of W1 Secrets. No example here has the shape of a secret."""

from __future__ import annotations

from forgewatch.core.catalogue import BACK, EDIT, CodeDoc

CODES = (
    CodeDoc(
        code="W101",
        title="Token or key of a known shape",
        means="An added line holds a value with the shape of an issuer's token, a private key block, a signed web token or an address with "
        "a password in it. The value is not shown: rule, place, four characters and a digest name it. The digest of a key block is of "
        "all its lines from header to END, so the digest of one key excuses no other.",
        good="the program reads the token from its environment",
        bad="a line with a live access token of a code host",
        fix="Revoke the value at its issuer: it has been in a file. Then take it out and read it from the environment.",
        action="revoke the value at {path}:{line}, then remove it",
        ways=((*EDIT, "ask"), (*BACK, "ask")),
    ),
    CodeDoc(
        code="W102",
        title="Assignment of a secret",
        means="An added line gives a name like password, secret, token or api_key a constant value of high entropy that is no placeholder.",
        good='password = os.environ["DB_PASSWORD"]',
        bad="a line that assigns twenty random characters to DB_PASSWORD",
        fix="Change the secret where it is used, take it out of the file, read it from the environment. A value that is none is excused by "
        "the operator: its digest goes into `audit.fingerprints`.",
        action="replace the value at {path}:{line} by a reference to the environment",
        ways=(EDIT, BACK),
    ),
    CodeDoc(
        code="W103",
        title="File not scanned",
        means="A changed file could not be scanned: unreadable, or over the limit of 8 MiB.",
        good="a regular file below the limit",
        bad="a dump of 40 MiB",
        fix="Keep the file out of the repository, or make it readable.",
        action="make {path} readable or smaller ({actual})",
        ways=(EDIT, BACK),
    ),
    CodeDoc(
        code="W104",
        title="More secrets in one file than are named",
        means="A file holds more than a hundred findings; the rest is counted.",
        good="no secrets",
        bad="an export of a vault",
        fix="Take the file out of the repository.",
        action="remove {path}",
        ways=(EDIT, BACK),
    ),
    CodeDoc(
        code="W105",
        title="Secret the operator has excused",
        means="The digest of the value is in the operator's fingerprints.",
        good="a published test key that the operator listed",
        bad="does not occur",
        fix="Nothing has to be done.",
        action="nothing",
        note=True,
    ),
    CodeDoc(
        code="W106",
        title="Version in HEAD unknown",
        means="The file's version in HEAD could not be read, so every line of it was scanned as if it were added.",
        good="the object store is whole",
        bad="the blob in HEAD is over the limit",
        fix="Nothing has to be done.",
        action="nothing",
        note=True,
    ),
)
