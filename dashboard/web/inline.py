"""The scripts that stand in our pages themselves; the policy of ``headers`` knows them by their hashes.

They come before Streamlit's stylesheet: behind it, the browser would wait for that before it reads on.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Final

from ..components import assets

#: On a page that has a name, Streamlit first looks for its server below that name, in vain, and waits before
#: it looks one step up. This says where the server is.
SERVER_IS_ABOVE: Final = (
    'window.__streamlit={...window.__streamlit,BACKEND_BASE_URL:new URL("./",document.baseURI).href}'
)
#: Keeps links embedded that are clicked as soon as they are there.
KEEPS_EMBEDDED: Final = (Path(__file__).parent / "embedded.js").read_text(encoding="utf-8")


@functools.cache
def import_map() -> str:
    """What our components import, by the address that they name and by the one that a browser may keep.

    Without it, a browser asks for all of that at every visit. Made once a process: a script that is changed
    needs a new start. A browser that knows no import maps takes the addresses as they are.
    """
    imports = {assets.address(path): assets.lasting_address(path) for path in assets.imported_scripts()}
    return json.dumps({"imports": imports}, separators=(",", ":"))


def inline() -> tuple[str, ...]:
    """All of them."""
    return import_map(), KEEPS_EMBEDDED, SERVER_IS_ABOVE


@functools.cache
def elements(page: str) -> bytes:
    """Those for the page called `page` in the address, as elements; the first page has no name."""
    found = [f'<script type="importmap">{import_map()}</script>', f"<script>{KEEPS_EMBEDDED}</script>"]
    if page:
        found.append(f"<script>{SERVER_IS_ABOVE}</script>")
    return "\n    ".join([*found, ""]).encode()
