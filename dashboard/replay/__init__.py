"""One trace as a film: its starts and ends in order, long waits shortened, and what was spent until when."""

from .spending import Spent
from .timeline import Gap, Moment, Played, Replay, Strip, replay

__all__ = ["Gap", "Moment", "Played", "Replay", "Spent", "Strip", "replay"]
