"""The scripts that stand in our pages themselves; the policy of ``headers`` knows them by their hashes."""

from __future__ import annotations

from pathlib import Path
from typing import Final

#: On a page that has a name, Streamlit first looks for its server below that name, in vain, and waits before
#: it looks one step up. This says where the server is.
SERVER_IS_ABOVE: Final = (
    'window.__streamlit={...window.__streamlit,BACKEND_BASE_URL:new URL("./",document.baseURI).href}'
)
#: Keeps links embedded that are clicked as soon as they are there.
KEEPS_EMBEDDED: Final = (Path(__file__).parent / "embedded.js").read_text(encoding="utf-8")

INLINE: Final = (SERVER_IS_ABOVE, KEEPS_EMBEDDED)
