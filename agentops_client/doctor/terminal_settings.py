"""What the terminal says about itself: language and colour, from the usual variables."""

from __future__ import annotations

from pydantic_settings import BaseSettings, SettingsConfigDict


class TerminalSettings(BaseSettings):
    """``LC_ALL``, ``LC_MESSAGES``, ``LANG``, ``NO_COLOR`` and ``TERM`` of the environment."""

    model_config = SettingsConfigDict(env_file=None, env_ignore_empty=True, extra="ignore", frozen=True)

    lc_all: str | None = None
    lc_messages: str | None = None
    lang: str | None = None
    no_color: str | None = None
    term: str | None = None

    @property
    def language(self) -> str:
        """``ko`` for a Korean locale, else ``en``."""
        locale = self.lc_all or self.lc_messages or self.lang or ""
        return "ko" if locale.lower().startswith("ko") else "en"

    def colour(self, *, is_terminal: bool) -> bool:
        """Whether to write colours: on a terminal that knows them, and that nobody asked not to."""
        return is_terminal and self.no_color is None and self.term != "dumb"
