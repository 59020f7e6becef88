"""The workbench in a real headless Chromium: what eyes and hands do there; nothing leaves this machine."""

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from libraries.library import Library
from libraries.review import reviews_of
from tests.commands.workbench_lab import PASSPHRASES, Bench

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CONTRAST = 4.5
"""Of text on its ground: WCAG 2.2, success criterion 1.4.3."""

RATIO = """
() => {
  const light = (c) => { const v = c / 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
  const luminance = ([r, g, b]) => 0.2126 * light(r) + 0.7152 * light(g) + 0.0722 * light(b);
  const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const colour = numbers(getComputedStyle(node).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const node of document.querySelectorAll("body *:not(script):not(svg *)")) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
    if (!own || !node.checkVisibility() || node.closest("#chart, #map, .hidden, .skip")) continue;
    const colours = [numbers(getComputedStyle(node).color), ground(node)];
    const [a, b] = colours.map(luminance).sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < LIMIT) poor.push(`${node.tagName} ${node.className} ${node.textContent.trim()} ${ratio}`);
  }
  return poor;
}
""".replace("LIMIT", str(CONTRAST))


@pytest.fixture
def at(browser: "Browser", bench: Bench) -> Iterator["Page"]:
    """Page on a served library; whatever it asks for elsewhere, and any error of a script, fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(30_000)
    page = context.new_page()
    wrong: list[str] = []
    own = bench.serving.address.rsplit("/", 2)[0]
    page.on(
        "request",
        lambda asked: None if asked.url.startswith((own, "data:", "blob:")) else wrong.append(asked.url),
    )
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    bench.session.findings().wait(60)
    page.goto(bench.serving.once)
    yield page
    context.close()
    assert not wrong


def wait(page: "Page", expression: str) -> None:
    """Until an expression is true; the browser's own way to wait needs eval, which our pages forbid."""
    from playwright.sync_api import Error

    for _ in range(600):
        with contextlib.suppress(Error):  # while one page gives way to the next
            if page.evaluate(f"() => Boolean({expression})"):
                return
        page.wait_for_timeout(50)
    pytest.fail(f"never became true: {expression}")


def chart(page: "Page") -> Any:
    """What the chart shows: names and dashes of its lines, its range, its dotted (picked) marks."""
    wait(page, "document.getElementById('chart')?._fullLayout?.xaxis")
    return page.evaluate(
        """() => { const c = document.getElementById('chart'); return {
            names: c.data.map((t) => t.name), dashes: c.data.map((t) => t.line.dash),
            points: c.data[0].x.length, top: Math.max(...c.data[0].y), range: c._fullLayout.xaxis.range,
            picked: c.layout.shapes.filter((s) => s.line.dash === 'dot').map((s) => s.x0) }; }"""
    )


def test_look_decide_release_and_verify(at: "Page", bench: Bench, run: Callable[..., Any]) -> None:
    at.get_by_role("link", name="caffeine").first.click()
    shown = chart(at)
    assert sorted(shown["names"]) == ["caffeine_1.csv", "caffeine_2.csv"]

    at.get_by_role("link", name="Findings").click()
    at.get_by_role("link", name="Look at them together").first.click()
    shown = chart(at)
    assert "window_cleaner_concentrate_1.csv" in shown["names"]
    assert len(set(shown["dashes"])) == len(shown["names"]) == 3
    cleaner = next(each.id for each in bench.session.library.labels if "cleaner" in each.substance)
    at.goto(f"{bench.serving.address}reference/{cleaner}")
    at.get_by_role("button", name="Send back").click()
    at.get_by_text("Nothing was changed").wait_for()
    at.get_by_label("Reason").fill("is isopropanol under another name")
    at.get_by_role("button", name="Send back").click()
    at.get_by_text("Sent back: window cleaner concentrate").wait_for()

    for name in ("caffeine", "urea", "isopropanol"):
        found = next(each.id for each in bench.session.library.labels if each.substance == name)
        at.goto(f"{bench.serving.address}reference/{found}")
        at.get_by_text("Also decide on replicates").click()
        at.locator(".decide input[type=checkbox]").check()
        at.get_by_role("button", name="Approve").click()
        at.get_by_text(f"Approved: 2 references of {name}").wait_for()
    states = [review.state for review in reviews_of(Library.open(bench.library)).values()]
    assert sorted(states) == ["approved"] * 6 + ["sent_back"]

    at.get_by_role("link", name="Log").click()
    assert at.get_by_text("is isopropanol under another name").is_visible()
    at.get_by_role("link", name="Release").click()
    assert at.get_by_text("1 reference sent back and still in use").is_visible()
    at.get_by_label("Release name").fill("2026.1")
    at.get_by_label("Creator's key").fill(str(bench.folder / "anna.pem"))
    at.get_by_label("Passphrase").fill(PASSPHRASES["anna"])
    at.get_by_label("Write draft to").fill(str(bench.folder / "draft.h5"))
    at.get_by_label("I release it as it is").check()
    at.get_by_role("button", name="Sign as creator").click()
    at.get_by_text("Draft written").wait_for()
    assert "references approved 6 of 7" in at.locator("#states").inner_text()
    at.get_by_label("Approver's key").fill(str(bench.folder / "ben.pem"))
    at.get_by_label("Passphrase").last.fill(PASSPHRASES["ben"])
    at.get_by_label("Write release to").fill(str(bench.folder / "released.h5"))
    at.get_by_role("button", name="Sign as approver").click()
    at.get_by_text("Release written").wait_for()
    assert "intact, signed by Anna and Ben" in at.locator("#verified").inner_text()
    assert "passphrase" not in at.url

    released, trust = str(bench.folder / "released.h5"), str(bench.folder / "trust.json")
    ran = run("library", "verify", released, "--trust", trust, "--policy", "signed")
    assert ran.code == 0
    assert "signed by Anna and Ben" in ran.out
    ran = run("library", "show", released)
    assert "review: 6 approved, 1 sent back" in ran.out
    assert "approved, Anna" in ran.out


def test_the_chart_by_hand(at: "Page") -> None:
    at.get_by_role("link", name="urea").first.click()
    whole = chart(at)
    at.get_by_label("raw", exact=True).check()
    raw = chart(at)
    assert raw["points"] != whole["points"] or raw["top"] != whole["top"]
    at.get_by_label("to one height").uncheck()
    assert chart(at)["top"] > 1000
    at.get_by_label("prepared", exact=True).check()
    at.get_by_label("from", exact=True).fill("900")
    at.get_by_label("to", exact=True).fill("1100")
    at.get_by_label("to", exact=True).press("Enter")
    assert chart(at)["range"] == pytest.approx([900, 1100])
    at.get_by_role("button", name="Whole range").click()
    assert chart(at)["range"] == pytest.approx(whole["range"])
    box = at.locator("#chart .nsewdrag").bounding_box()
    assert box is not None
    at.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 50)
    at.mouse.down()
    at.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 60, steps=5)
    at.mouse.up()
    wait(at, "Number(document.getElementById('high').value) < 1500")
    low, high = chart(at)["range"]
    assert high - low == pytest.approx(0.3 * (whole["range"][1] - whole["range"][0]), rel=0.05)
    at.locator("#legend input").first.uncheck()
    assert len(chart(at)["names"]) == len(whole["names"]) - 1


def test_bands_are_picked_and_copied(at: "Page") -> None:
    at.context.grant_permissions(["clipboard-read", "clipboard-write"])
    at.get_by_role("link", name="urea").first.click()
    chart(at)
    strongest = at.locator(".pick").evaluate_all(
        "all => all.map((each) => [Number(each.closest('tr').cells[1].innerText), Number(each.dataset.at)])"
        ".sort().pop()[1]"
    )
    assert strongest == pytest.approx(1010, abs=3)
    at.locator(f".pick[data-at='{strongest:g}']").click()
    assert chart(at)["picked"] == [pytest.approx(strongest, abs=0.06)]
    at.get_by_role("button", name="Copy").click()
    at.get_by_text("copied 1").wait_for()
    assert float(at.evaluate("navigator.clipboard.readText()")) == pytest.approx(strongest, abs=0.06)
    at.get_by_role("button", name="Clear").click()
    assert chart(at)["picked"] == []
    x = at.evaluate(
        "(at) => { const c = document.getElementById('chart'), l = c._fullLayout;"
        "return c.getBoundingClientRect().x + l.xaxis._offset + l.xaxis.c2p(at); }",
        strongest + 2,
    )
    box = at.locator("#chart .nsewdrag").bounding_box()
    assert box is not None
    at.mouse.move(x, box["y"] + 0.5 * box["height"])
    at.mouse.move(x, box["y"] + 0.6 * box["height"])
    wait(at, "document.getElementById('readout').textContent")
    at.mouse.click(x, box["y"] + 0.6 * box["height"])
    wait(at, "document.getElementById('picked').value")
    assert float(at.locator("#picked").input_value()) == pytest.approx(strongest, abs=1.5)


def test_everything_by_keyboard(at: "Page", bench: Bench) -> None:
    at.keyboard.press("Tab")
    assert at.evaluate("document.activeElement.className") == "skip"
    assert at.evaluate("document.activeElement.getBoundingClientRect().x >= 0")
    at.keyboard.press("Enter")
    assert at.evaluate("document.activeElement.id") == "main"
    at.keyboard.press("/")
    at.keyboard.type("caffeine jk?")
    assert at.locator("#search").input_value() == "caffeine jk?"
    for _ in range(4):
        at.keyboard.press("Backspace")
    at.keyboard.press("Enter")
    at.wait_for_url("**q=caffeine**")
    at.locator("tbody a").first.focus()
    style = at.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert style == "solid"
    at.keyboard.press("Enter")
    whole = chart(at)["range"]
    at.keyboard.press("+")
    near = chart(at)["range"]
    assert near[1] - near[0] == pytest.approx((whole[1] - whole[0]) / 2)
    at.keyboard.press("0")
    at.keyboard.press("p")
    assert at.get_by_label("raw", exact=True).is_checked()
    at.keyboard.press("p")
    at.locator("#chart").focus()
    at.keyboard.press("ArrowRight")
    at.keyboard.press("ArrowRight")
    assert at.locator("#readout").inner_text().startswith("band 2 of")
    at.keyboard.press("Enter")
    assert len(chart(at)["picked"]) == 1
    at.keyboard.press("a")
    at.keyboard.type("looked at by keyboard")
    for _ in range(10):
        at.keyboard.press("Tab")
        if at.evaluate("document.activeElement.value") == "approve":
            break
    at.keyboard.press("Enter")
    at.get_by_text("Approved: caffeine").wait_for()
    before = at.url
    at.keyboard.press("j")
    wait(at, f"location.href !== '{before}'")
    at.keyboard.press("?")
    assert at.locator("#help").is_visible()
    at.keyboard.press("Escape")
    at.keyboard.press("g")
    at.keyboard.press("l")
    at.wait_for_url("**/log")
    assert "looked at by keyboard" in at.content()
    assert [each.why for each in Library.open(bench.library).changes][-1] == "looked at by keyboard"


def test_keys_can_be_switched_off(at: "Page") -> None:
    at.keyboard.press("?")
    at.locator("#keys-off").check()
    at.keyboard.press("Escape")
    at.reload()
    at.keyboard.press("?")
    assert not at.locator("#help").is_visible()


def test_the_check_of_contrast_sees(at: "Page") -> None:
    at.evaluate("document.querySelector('h1').style.color = '#8a8a8a'")
    assert len(at.evaluate(RATIO)) == 1


def test_the_confusable_map_leads_to_an_overlay(at: "Page") -> None:
    at.get_by_role("link", name="Confusables").click()
    wait(at, "document.getElementById('map')?._fullLayout?.xaxis")
    marks = at.evaluate("document.getElementById('map').data[0].text.flat()")
    assert marks.count("✕") == 2
    at.get_by_role("link", name="look").first.click()
    assert "window_cleaner_concentrate_1.csv" in chart(at)["names"]


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 780)])
def test_it_is_readable_on_large_and_small_screens(at: "Page", bench: Bench, width: int, height: int) -> None:
    at.set_viewport_size({"width": width, "height": height})
    one = bench.session.library.labels[0].id
    for page in ("", "findings", f"reference/{one}", "confusables", "log", "release"):
        at.goto(bench.serving.address + page)
        assert at.evaluate("document.documentElement.scrollWidth") <= width, page
        assert at.evaluate(RATIO) == [], page
        assert at.locator("h1").count() == 1
        nameless = at.evaluate(
            "[...document.querySelectorAll('input:not([type=hidden]), select, textarea, button, a')]"
            ".filter((e) => !(e.labels?.length || e.textContent.trim() || e.getAttribute('aria-label')))"
            ".map((e) => e.outerHTML)"
        )
        assert nameless == [], page
