"""Reads markup back as a browser would, for tests of panels."""

from __future__ import annotations

from html.parser import HTMLParser

_VOID = {"img", "br"}


class Element:
    """One element: tag, attributes as written (entities read back), and its text, all of it."""

    def __init__(self, tag: str, attributes: dict[str, str], ancestors: tuple[Element, ...]) -> None:
        self.tag, self.attributes, self.ancestors = tag, attributes, ancestors
        self.text = ""

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]

    def named(self, name: str) -> bool:
        """Whether `name` is its tag or one of its classes."""
        return name == self.tag or name in self.attributes.get("class", "").split()

    def within(self, name: str) -> bool:
        return any(ancestor.named(name) for ancestor in self.ancestors)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self.open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, tuple(self.open))
        self.elements.append(element)
        if tag not in _VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data


def elements(markup: str, name: str = "") -> list[Element]:
    """All elements in their order; of one tag or one class if `name` says so.

    Tags that are closed in the wrong order, or never, fail.
    """
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    assert reader.open == []
    return [element for element in reader.elements if not name or element.named(name)]


def one(markup: str, name: str) -> Element:
    """The only such element."""
    (element,) = elements(markup, name)
    return element
