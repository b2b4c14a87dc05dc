"""The widget as a visitor meets it: by roles and names, not by classes."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

expect.set_options(timeout=60_000)  # of a busy machine, too

NAMES = {
    "en": {"input": "Your question", "send": "Send", "stop": "Stop", "question": "Question", "answer": "Answer"},
    "ja": {"input": "質問", "send": "送信", "stop": "停止", "question": "質問", "answer": "回答"},
}


class Chat:
    """One element of a page.

    Attributes:
        host: The element.
    """

    def __init__(self, page: Page, at: int = 0, lang: str = "en") -> None:
        self._page, self._names = page, NAMES[lang]
        self.host = page.locator("alliance-qa-chat").nth(at)

    def button(self, name: str) -> Locator:
        """The button of a name."""
        return self.host.get_by_role("button", name=name, exact=True)

    @property
    def input(self) -> Locator:
        return self.host.get_by_role("textbox", name=self._names["input"], exact=True)

    @property
    def send(self) -> Locator:
        return self.button(self._names["send"])

    @property
    def stop(self) -> Locator:
        return self.button(self._names["stop"])

    @property
    def questions(self) -> Locator:
        return self.host.get_by_role("article", name=self._names["question"], exact=True)

    @property
    def answers(self) -> Locator:
        return self.host.get_by_role("article", name=self._names["answer"], exact=True)

    @property
    def answer(self) -> Locator:
        """The last answer."""
        return self.answers.last

    @property
    def citations(self) -> Locator:
        """The cards of the last answer."""
        return self.answer.get_by_role("list", name="Sources").get_by_role("listitem")

    @property
    def suggestions(self) -> Locator:
        """The buttons that ask another question, of the greeting or the last refusal."""
        return self.host.get_by_role("log").get_by_role("list").get_by_role("button")

    @property
    def status(self) -> Locator:
        """What a screen reader is told."""
        return self.host.get_by_role("status")

    def begin(self, question: str) -> None:
        """Ask; return at once."""
        self.input.fill(question)
        self.input.press("Enter")

    def settled(self) -> None:
        """Wait until nothing is being answered."""
        expect(self.send).to_be_visible()
        expect(self.stop).to_be_hidden()

    def ask(self, question: str) -> Locator:
        """Ask; return the answer when it is there."""
        self.begin(question)
        self.settled()
        return self.answer
