"""Who reads the page by ear, by keyboard or with weak eyes: names, landmarks, contrast, targets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.browser.conftest import Served, Visit, wait
from tests.browser.looks import LOOKS

Open = Callable[..., Visit]
AXE = Path(__file__).parents[2] / "client/node_modules/axe-core/axe.min.js"
# The rules are WCAG 2.2's: 4.1.2 names, 1.3.1 structure, 1.4.3 contrast, 2.5.8 targets. Cards are
# a little transparent, so a text is judged over a white and over a black world, whichever is worse.
AUDIT = """() => {
  const faults = [];
  const brief = (e) => e.outerHTML.slice(0, 110);
  const shown = (e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const nameOf = (e) => (e.ariaLabel
    || (e.getAttribute('aria-labelledby') ?? '').split(' ').map((id) =>
      document.getElementById(id)?.textContent ?? '').join(' ')
    || [...(e.labels ?? [])].map((label) => label.textContent).join(' ')
    || e.textContent || e.title || '').trim();

  for (const e of document.querySelectorAll(
    'button, a[href], input, select, textarea, canvas, dialog, nav, section, '
    + '[role=application], [role=toolbar], [role=dialog], [role=log], [role=img], [role=group]')) {
    if (shown(e) && !e.closest('[aria-hidden=true]') && !nameOf(e))
      faults.push(`no name: ${brief(e)}`);
  }
  if (document.querySelectorAll('main').length !== 1) faults.push('not one main landmark');
  for (const e of document.querySelectorAll('#ui > *, canvas')) {
    if (!e.closest('main')) faults.push(`outside every landmark: ${brief(e)}`);
  }
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
  if (new Set(ids).size !== ids.length) faults.push(`an id stands twice: ${ids}`);
  for (const name of ['aria-describedby', 'aria-controls', 'aria-labelledby']) {
    for (const e of document.querySelectorAll(`[${name}]`)) {
      const lost = e.getAttribute(name).split(' ').filter((id) => !document.getElementById(id));
      if (lost.length) faults.push(`${name} points nowhere (${lost}): ${brief(e)}`);
    }
  }
  for (const e of document.querySelectorAll('button, a[href], input, select')) {
    const { width, height } = e.getBoundingClientRect();
    const choice = ['radio', 'checkbox', 'range'].includes(e.type); // their label is the target
    if (shown(e) && width > 2 && !choice && (width < 24 || height < 24))
      faults.push(`a target of ${width} by ${height}: ${brief(e)}`);
  }

  const parse = (text) => {
    const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number);
    return text.startsWith('color(') ? [r * 255, g * 255, b * 255, a] : [r, g, b, a];
  };
  const over = (top, under) => under.map((u, i) => top[i] * top[3] + u * (1 - top[3]));
  const light = (c) => c.slice(0, 3).reduce((sum, v, i) => {
    const s = v / 255;
    const linear = s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
    return sum + [0.2126, 0.7152, 0.0722][i] * linear;
  }, 0);
  const judge = (e, world) => {
    const chain = [];
    for (let at = e; at; at = at.parentElement) chain.unshift(at);
    let under = world;
    for (const at of chain.filter((one) => one.closest('#ui, dialog'))) {
      const { backgroundColor } = getComputedStyle(at);
      const top = parse(backgroundColor);
      if (top[3] > 0) under = over(top, under);
    }
    const ink = over(parse(getComputedStyle(e).color), under);
    const [a, b] = [light(ink), light(under)].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  };
  for (const e of document.querySelectorAll('#ui *, dialog *')) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    const box = e.getBoundingClientRect();
    if (!own || !shown(e) || e.disabled || box.width < 3 || e.closest('svg')) continue;
    const ratio = Math.min(judge(e, [255, 255, 255]), judge(e, [0, 0, 0]));
    const { fontSize, fontWeight } = getComputedStyle(e);
    const large = parseFloat(fontSize) >= 24 || (parseFloat(fontSize) >= 18.6 && fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) faults.push(`contrast ${ratio.toFixed(2)}: ${brief(e)}`);
  }
  return faults;
}"""

FADED = """() => Promise.allSettled(document.getAnimations()
  .filter((one) => one instanceof CSSTransition).map((one) => one.finished))"""


def audit(page: Page) -> list[str]:
    """Return everything on the page that breaks one of the rules, once its colours stand still."""
    page.evaluate(FADED)
    faults: list[str] = page.evaluate(AUDIT)
    return faults


def axe(page: Page) -> list[tuple[str, str]]:
    """Return every serious fault that axe-core finds on the page: rule, and element."""
    page.evaluate(FADED)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run().then(({ violations }) => violations)")
    return [
        (rule["id"], node["html"][:160])
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


def faults_of(page: Page, scheme: str, width: int) -> list[Any]:
    """Return what breaks our rules; and what axe-core finds, light on wide and dark on narrow."""
    return audit(page) + (axe(page) if (scheme == "light") == (width > 500) else [])


def open_page(visit: Open, url: str, scheme: str, width: int) -> Page:
    options: dict[str, Any] = {"color_scheme": scheme, "has_touch": width < 500}
    return visit(width=width, height=700, **options).enter(url)


@LOOKS
def test_the_front_page_is_named_legible_and_large_enough(
    plaza: Served, visit: Open, scheme: str, width: int
) -> None:
    page = open_page(visit, f"{plaza.url}/", scheme, width)
    page.get_by_role("button", name="Enter", exact=True).wait_for()
    assert faults_of(page, scheme, width) == []
    page.get_by_role("button", name="Invite", exact=True).click()
    page.get_by_role("dialog").wait_for()
    assert faults_of(page, scheme, width) == []


@LOOKS
def test_a_world_is_named_legible_and_large_enough(
    plaza: Served, visit: Open, scheme: str, width: int
) -> None:
    page = open_page(visit, plaza.world("plaza"), scheme, width)
    page.evaluate("window.worldloom.do('say', {text: 'hello there'})")
    wait(page, "document.querySelector('[role=log]').innerText.includes('hello there')")
    wait(page, "window.worldloom.stats().settled")
    assert faults_of(page, scheme, width) == []
    page.get_by_role("button", name="Menu").click()
    assert faults_of(page, scheme, width) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Who is here").click()
    assert faults_of(page, scheme, width) == []


@LOOKS
def test_the_history_is_named_legible_and_large_enough(
    hello: Served, visit: Open, scheme: str, width: int
) -> None:
    page = open_page(visit, hello.world("hello"), scheme, width)
    seq = page.evaluate("window.worldloom.do('click', {entity: 'lantern'}).then(({seq}) => seq)")
    page.get_by_role("button", name="History", exact=True).click()
    wait(page, "document.querySelector('.time-bar .ticks')?.childElementCount > 0")
    assert faults_of(page, scheme, width) == []
    page.evaluate("seq => window.worldloom.at(seq)", seq - 1)
    page.locator("[data-deed=compare]").click()
    wait(page, "document.querySelector('.wipe:not([hidden])') !== null")
    assert faults_of(page, scheme, width) == []
    if not page.locator(".history-drawer").is_visible():
        page.get_by_role("button", name="What happened").click()
    wait(page, "document.querySelector('.entry .line')?.textContent.includes('lantern')")
    page.locator(".entry").first.click()
    page.get_by_role("button", name="Go to this moment").wait_for()
    assert faults_of(page, scheme, width) == []


@LOOKS
def test_the_wardrobe_and_safety_are_named_legible_and_large_enough(
    hello: Served, visit: Open, scheme: str, width: int
) -> None:
    page = open_page(visit, hello.world("hello"), scheme, width)
    wait(page, "window.worldloom.me != null")
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("button", name="Name and look").click()
    page.locator(".wardrobe").wait_for()
    assert axe(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Who is here").click()
    page.get_by_role("button", name="Safety …").click()
    page.get_by_role("dialog").wait_for()
    assert axe(page) == []


def test_the_audit_finds_what_is_wrong(plaza: Served, visit: Open) -> None:
    page = open_page(visit, f"{plaza.url}/", "light", 1000)
    page.get_by_role("button", name="Enter", exact=True).wait_for()
    page.evaluate(
        "document.querySelector('.card').insertAdjacentHTML('beforeend',"
        " '<button></button><p class=pale>hardly to be read</p>')"
    )
    page.evaluate("document.querySelector('.pale').style.color = 'rgb(200 200 200)'")
    faults = " ".join(audit(page))
    assert "no name: <button>" in faults
    assert "contrast 1." in faults
    assert "button-name" in {rule for rule, _ in axe(page)}


def test_a_screen_reader_hears_the_world_by_its_things(plaza: Served, visit: Open) -> None:
    page = visit().enter(plaza.world("plaza"))
    world = page.get_by_role("application", name="The world")
    assert world.count() == 1
    near = page.get_by_role("toolbar", name="Within reach")
    near.get_by_role("button", name="Take: A ball.").wait_for(state="attached")
    described = world.get_attribute("aria-describedby")
    assert described and page.locator(f"#{described}[aria-live=polite]").count() == 1
    assert page.get_by_role("log", name="What was said").count() == 1
