"""What a person does on the page, for tests to be written in those words."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, expect

_SHOWN = """
([parent, node]) => {
    const outer = document.querySelector(parent).getBoundingClientRect();
    const inner = document.querySelector(node).getBoundingClientRect();
    return inner.height > 0 && inner.top >= outer.top && inner.bottom <= outer.bottom
        && inner.left >= outer.left && inner.right <= outer.right;
}
"""


def sign_in(page: Page, name: str, password: str) -> None:
    """Fill in the page that asks for a name and a password, and send it."""
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


class Visit:
    """One browser window with the page in it, and what the browser noted about it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self._requests: list[str] = []
        self._errors: list[str] = []
        page.on("request", lambda request: self._requests.append(request.url))
        page.on("pageerror", lambda error: self._errors.append(str(error)))
        page.on("dialog", lambda dialog: self._errors.append(f"a dialog: {dialog.message}"))
        page.goto(address)
        self.box = page.get_by_label("Your question")
        self.turns = page.locator(".fn-turn")
        self.log = page.get_by_role("log", name="Conversation")
        self.stop = page.get_by_role("button", name="Stop")
        self.mark = page.locator("mark")
        expect(page.locator(".fn-brand")).to_be_visible(timeout=30_000)
        expect(page.locator(".fn-welcome")).not_to_be_empty()

    def begin_anew(self) -> None:
        """Forget the conversation, as a person would."""
        if self.page.locator(".fn-veil").is_visible():
            self.page.keyboard.press("Escape")
        self.page.get_by_role("button", name="New conversation").click()
        expect(self.turns).to_have_count(0)
        expect(self.page.locator(".fn-notice")).to_be_empty()
        expect(self.mark).to_have_count(0)
        self.box.fill("")

    def open_sets(self) -> None:
        """Open the question sets, from the menu of what is needed now and then."""
        self.page.locator(".fn-more > summary").click()
        self.page.get_by_role("button", name="Question sets", exact=True).click()

    def check(self) -> None:
        """All requests went to the page's own address, no foreign script ran, and none of ours failed."""
        own = urlsplit(self.address)[:2]
        outside = [url for url in self._requests if urlsplit(url)[:2] != own and not url.startswith("data:")]
        assert self._requests and outside == []
        assert self._errors == []
        assert self.page.evaluate("window.pwned ?? null") is None

    def ask(self, question: str) -> Locator:
        """Type a question, send it and wait for its answer; gives the exchange."""
        turn = self.send(question)
        self.wait()
        return turn

    def send(self, question: str) -> Locator:
        """Type a question and send it; gives the exchange once it is there."""
        count = self.turns.count()
        self.box.fill(question)
        self.box.press("Enter")
        expect(self.turns).to_have_count(count + 1)
        return self.turns.nth(count)

    def wait(self) -> None:
        """Until no answer is being written."""
        expect(self.log).to_have_attribute("aria-busy", "false")

    def marked(self) -> str:
        """The text that the source highlights, to the letter."""
        expect(self.mark).to_have_count(1)
        return self.mark.text_content() or ""

    def in_view(self, inner: str, outer: str) -> bool:
        """Whether the first such element can be seen whole within the other."""
        return bool(self.page.evaluate(_SHOWN, [outer, inner]))
