"""What the dashboard says, in Korean and English: wording from catalogues, numbers by locale."""

from .direction import isolated
from .formats import Formats
from .markdown import inert
from .words import LANGUAGES, Words

__all__ = ["LANGUAGES", "Formats", "Words", "inert", "isolated"]
