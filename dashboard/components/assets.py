"""Registers our file-backed components with the Streamlit that runs.

Streamlit finds a component's folder through the ``pyproject.toml`` of an installed distribution, but
for an editable install only when the server is started in the repository's folder.  So the manifest is
handed over from here, with the same names as it would have had there: ``agentops-dashboard.<folder>``.
"""

from __future__ import annotations

import functools
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

from .versions import version

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

DISTRIBUTION: Final = "agentops-dashboard"
#: Each holds <folder>.js and <folder>.css; parts is what they share.
FOLDERS: Final = ("chart", "frame", "keep", "listing", "pulse", "replay", "waterfall", "parts")

_ROOT: Final = Path(__file__).parent
_lock = threading.Lock()


def component(folder: str) -> ComponentRenderer:
    """The mounting command of the component in `folder`; to be called within a script run, each time."""
    with _lock:
        register()
        return _renderer(f"{DISTRIBUTION}.{folder}", folder)


def register() -> None:
    """Makes the folders known to the runtime, which serves their files from then on; once is enough.

    Called before the first page as well, because a browser that was told of a file asks for it at once.
    """
    manager = get_bidi_component_manager()
    # registering anew would empty what another session is about to mount
    if manager.get_component_asset_root(f"{DISTRIBUTION}.{FOLDERS[0]}") is None:
        components = [ComponentConfig(name=each, asset_dir=each) for each in FOLDERS]
        manager.register_from_manifest(ComponentManifest(DISTRIBUTION, "0", components), _ROOT)


def entries() -> dict[str, Path]:
    """The scripts by which Streamlit starts the folders' components; it names them without a version."""
    started = {folder: _ROOT / folder / f"{folder}.js" for folder in FOLDERS}
    return {folder: script for folder, script in started.items() if script.is_file()}


def imported_scripts() -> list[Path]:
    """All other scripts of the folders, but for what set-up fetches."""
    found = {path for folder in FOLDERS for path in (_ROOT / folder).glob("*.js")}
    return sorted(found - set(entries().values()))


def address(script: Path) -> str:
    """Where Streamlit serves this script, as seen from any page."""
    return f"./_stcore/bidi-components/{DISTRIBUTION}.{script.relative_to(_ROOT).as_posix()}"


def lasting_address(script: Path) -> str:
    """The same with its version."""
    return f"{address(script)}?v={version(script)}"


@functools.cache
def _renderer(name: str, folder: str) -> ComponentRenderer:
    """Made once; Streamlit registers the scripts again by itself on a later runtime (`AppTest`)."""
    # Not isolated in a shadow root: plotly adds its style rules to the document.
    return st.components.v2.component(name, js=f"{folder}.js", css=f"{folder}.css", isolate_styles=False)
