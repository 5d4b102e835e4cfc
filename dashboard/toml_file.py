"""A TOML file of the operator's, or why there is none to be read."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any


class UnreadableFile(ValueError):
    """The words say what was expected, as the beginning of "… is expected"."""


def read_toml(path: Path) -> dict[str, Any]:
    """The file's top table; ``~`` is the user's folder.

    Raises:
        UnreadableFile: it cannot be opened, is no UTF-8, no TOML, or more than can be read. Nothing of the
            file is quoted.
    """
    try:
        return tomllib.loads(path.expanduser().read_text("utf-8-sig"))
    except UnicodeDecodeError:
        expected = "a text file in UTF-8"
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"\(at [^)]*\)$", str(error))  # its other words may quote the file
        expected = f"TOML {where[0]}" if where else "TOML"
    except (ValueError, RecursionError):
        expected = "TOML with numbers of less than 4,000 digits and less than 100 brackets within each other"
    except OSError as error:
        expected = f"a file that can be read ({error.strerror or type(error).__name__})"
    except RuntimeError:
        expected = "a path whose ~ is a user's folder"
    raise UnreadableFile(expected)
