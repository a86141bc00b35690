"""Where the operator's configuration is (architecture.md, Where things are kept). Light: imports nothing that `status` would feel."""

from __future__ import annotations

import os
from collections.abc import Mapping

from forgewatch.adapters.file_kind import kind_of
from forgewatch.core.errors import UsageError

SYSTEM = "/etc/forgewatch/forgewatch.yaml"


def find_config(given: str | None, environ: Mapping[str, str], system: str = SYSTEM) -> str | None:
    """Return the path of the configuration file, None when there is none: then the defaults hold.

    Order: `given` (--config), $FORGEWATCH_CONFIG, /etc/forgewatch/forgewatch.yaml, $XDG_CONFIG_HOME/forgewatch/forgewatch.yaml.
    A file that was named and is not there raises UsageError; a usual place without a file is passed over.
    """
    for named, how in ((given, "--config"), (environ.get("FORGEWATCH_CONFIG"), "$FORGEWATCH_CONFIG")):
        if named and not os.path.isfile(named):
            raise UsageError(f"{how} names {named}: {_instead(named)}", "name an existing file, or leave it out for the defaults")
        if named:
            return os.path.abspath(named)
    return next((place for place in (system, user_config(environ)) if os.path.isfile(place)), None)


def _instead(path: str) -> str:
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return "no such file"
    except (OSError, ValueError) as error:
        return f"cannot be reached: {error.strerror if isinstance(error, OSError) else error}"
    return f"expected a regular file, found a {kind_of(mode)}"


def user_config(environ: Mapping[str, str]) -> str:
    """Return the user's usual place, whether or not a file is there."""
    home = environ.get("HOME") or os.path.expanduser("~")
    return os.path.join(environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config"), "forgewatch", "forgewatch.yaml")
