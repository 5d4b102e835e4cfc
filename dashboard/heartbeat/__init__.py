"""How AgentOps has been: each try of a request, in minutes, kept over restarts; and lamps for the stack."""

from .lamps import Lamp, Lamps, Place, places
from .record import Beat, Record

__all__ = ["Beat", "Lamp", "Lamps", "Place", "Record", "places"]
