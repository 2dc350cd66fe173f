"""Pages, read as strictly as nobody else reads them."""

from html.parser import HTMLParser

VOID = {"meta", "img", "br"}
DRAWN = {"line", "circle", "rect", "polyline"}


class Checker(HTMLParser):
    """Insist on balanced tags, and gather text, attributes and tags."""

    def __init__(self, content):
        super().__init__()
        self.open, self.tags, self.words, self.given = [], [], [], []
        self.feed(content)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, given):
        self.tags.append(tag)
        self.given.extend((tag, *one) for one in given)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, given):
        assert tag in DRAWN, "only what is drawn closes itself"
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        if self.open[-1:] != ["style"]:
            self.words.append(text)

    def assert_fetches_nothing(self):
        """Insist that all it shows is in the page itself."""
        for tag, key, value in self.given:
            inside = value is None or value.startswith(("data:", "#"))
            assert key not in ("src", "href", "srcset", "data", "action") or inside, (tag, value)
        assert not {"script", "link", "iframe", "object", "base"} & {*self.tags}
