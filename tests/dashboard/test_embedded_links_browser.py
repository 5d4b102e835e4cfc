"""What keeps plain links embedded: in a frame of another site, and outside of one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Frame, Page, Route

from dashboard.web.inline import KEEPS_EMBEDDED

pytestmark = pytest.mark.browser

OURS = "https://dash.example/cost?embed=true&embed_options=dark_theme&nav=none&range=1h"
PORTAL = "https://portal.example/"
#: The last listener tells where a click leads, and stays.
SHOWN = f"""<script>{KEEPS_EMBEDDED}</script><body></body><script>
  window.addEventListener("click", (event) => {{
    event.preventDefault();
    window.led = event.target.closest("a").href;
  }});
</script>"""


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    def answer(route: Route) -> None:
        framing = f'<iframe src="{OURS}"></iframe>'
        body = framing if route.request.url == PORTAL else SHOWN
        route.fulfill(body=body, content_type="text/html")

    with chromium.new_context() as context:
        context.route("**/*", answer)
        yield context.new_page()


def led(place: Page | Frame, link: str, *, shift: bool = False) -> str:
    """Where a click on this link leads from there."""
    place.locator("body").evaluate("(body, link) => { body.innerHTML = `${link}<b>go</b></a>` }", link)
    place.locator("b").click(modifiers=["Shift"] if shift else [])
    address: str = place.evaluate("led")
    return address


@pytest.mark.parametrize(
    ("link", "leads_to"),
    [
        (
            '<a href="trace?trace=1">',
            "https://dash.example/trace?trace=1&embed=true&embed_options=dark_theme&nav=none",
        ),
        ('<a href="trace?embed=false">', "https://dash.example/trace?embed=false"),
        ('<a href="trace?trace=1" target="_blank">', "https://dash.example/trace?trace=1"),
        ('<a href="/media/a.csv" download>', "https://dash.example/media/a.csv"),
        ('<a href="https://app.example/x">', "https://app.example/x"),
    ],
)
def test_plain_links_to_our_own_pages_stay_embedded(page: Page, link: str, leads_to: str) -> None:
    page.goto(PORTAL)
    assert led(page.frames[1], link) == leads_to


def test_a_click_that_opens_another_window_leaves_the_frame(page: Page) -> None:
    page.goto(PORTAL)
    assert led(page.frames[1], '<a href="trace">', shift=True) == "https://dash.example/trace"


def test_outside_of_a_frame_links_are_left_alone(page: Page) -> None:
    page.goto(OURS)
    assert led(page, '<a href="trace">') == "https://dash.example/trace"
