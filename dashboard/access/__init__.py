"""Who may look, and at what: viewers, the access file, signed links, trusted addresses. No Streamlit here."""

from .link import LINK_LONGEST, Ledger, LinkProblem, SignedLink, read_link, sign_link
from .peers import Networks, networks, peer_of
from .rules import AccessProblem, AccessRules, Entry, load_access
from .viewer import LOCAL, Role, Viewer

__all__ = [
    "LINK_LONGEST",
    "LOCAL",
    "AccessProblem",
    "AccessRules",
    "Entry",
    "Ledger",
    "LinkProblem",
    "Networks",
    "Role",
    "SignedLink",
    "Viewer",
    "load_access",
    "networks",
    "peer_of",
    "read_link",
    "sign_link",
]
