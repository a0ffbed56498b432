"""Avatars in the page: dressed in the wardrobe, seen by others, gestures by key and by menu."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.conftest import Served, Visit, wait
from tests.browser.pixels import Colours, picture

Open = Callable[..., Visit]
IN = "window.worldloom && window.worldloom.me != null"
OTHER = "Object.entries(worldloom.visitors()).find(([id]) => id !== worldloom.me.id)?.[1]"
MINE = "worldloom.visitors()[worldloom.me.id]"


def test_what_one_puts_on_and_does_is_seen_by_the_other(hello: Served, visit: Open) -> None:
    one = visit().enter(hello.world("hello"))
    two = visit().enter(hello.world("hello"))
    for page in (one, two):
        wait(page, IN)
    wait(two, f"{OTHER} != null")
    one.keyboard.press("4")
    wait(two, f"{OTHER}.animation === 8")
    one.get_by_role("button", name="Menu").click()
    one.get_by_role("button", name="Gestures").click()
    one.get_by_role("button", name="Dance").click()
    wait(two, f"{OTHER}.animation === 7")
    one.get_by_role("button", name="Menu").click()
    one.get_by_role("button", name="Name and look").click()
    ids = one.evaluate("[worldloom.me.id, ...Object.keys(worldloom.visitors())]")
    one.get_by_role("button", name="Ravi").click()
    one.get_by_role("button", name="Hair", exact=True).click()
    one.get_by_text("afro", exact=True).click()
    one.get_by_role("button", name="Done").click()
    wait(two, f"{OTHER}.avatar.startsWith('HIEJFBG')")
    wait(one, f"{MINE}.avatar.startsWith('HIEJFBG')")
    assert one.evaluate(f"{MINE}.avatar") == two.evaluate(f"{OTHER}.avatar")
    again = one.evaluate("[worldloom.me.id, ...Object.keys(worldloom.visitors())]")
    assert again == ids, "nobody left and came in again for a look"


REACH = """setInterval(() => worldloom.reach({
  head: {place: [0, 1.6, -0.05], turn: [0, 0, 0, 1], grip: 0},
  left: {place: [-0.3, 1.3, -0.4], turn: [0, 0, 0, 1], grip: 3},
  right: null}), 200) && null"""


def test_the_head_and_hands_of_a_headset_are_seen_by_the_other(hello: Served, visit: Open) -> None:
    one = visit().enter(hello.world("hello"))
    two = visit().enter(hello.world("hello"))
    for page in (one, two):
        wait(page, IN)
    place = one.evaluate("worldloom.me.position")
    two.evaluate("(at) => worldloom.go([at[0] + 2, at[1], at[2]])", place)
    one.evaluate(REACH)
    wait(two, f"{OTHER}?.reaches")


def test_gestures_stand_on_a_wheel_for_keys_and_fingers(hello: Served, visit: Open) -> None:
    desk = visit().enter(hello.world("hello"))
    wait(desk, IN)
    desk.locator("#stage").focus()
    desk.keyboard.press("g")
    desk.get_by_role("dialog", name="Gestures").wait_for()
    wait(desk, "document.activeElement.textContent.endsWith('Wave')")
    desk.keyboard.press("ArrowLeft")
    wait(desk, "document.activeElement.textContent.endsWith('Bow')")
    desk.keyboard.press("Enter")
    wait(desk, f"{MINE}.animation === 12")
    desk.keyboard.press("g")
    desk.keyboard.press("4")
    wait(desk, f"{MINE}.animation === 8")
    phone = visit(360, 740, has_touch=True, is_mobile=True).enter(hello.world("hello"))
    wait(phone, IN)
    phone.get_by_role("button", name="Menu").tap()
    phone.get_by_role("button", name="Gestures").tap()
    wheel = phone.locator(".wheel").bounding_box()
    buttons = [one.bounding_box() for one in phone.locator(".wheel button").all()]
    assert wheel is not None and len(buttons) == 8
    for box in buttons:
        assert box is not None and box["width"] >= 44 and box["height"] >= 44, "as a finger needs"
        assert box["x"] >= 0 and box["x"] + box["width"] <= 360
    phone.get_by_role("button", name="Cheer").tap()
    wait(phone, f"{MINE}.animation === 11")


def test_of_who_stands_between_us_and_our_eye_neither_body_nor_name_is_in_the_picture(
    hello: Served, visit: Open
) -> None:
    one = visit(390, 700).enter(hello.world("hello"))
    two = visit(320, 240).enter(hello.world("hello"))
    for page in (one, two):
        wait(page, IN)
    one.evaluate("worldloom.go([0, 0, 3])")
    name = two.evaluate("worldloom.me.name")
    other = f"Object.values(worldloom.visitors()).find((they) => they.name === '{name}')"

    def beside_us(x: float, z: float) -> Colours:
        """Return what stands to the right of our own figure, below the hills."""
        two.evaluate("([x, z]) => worldloom.go([x, 0, z])", [x, z])
        at = f"{other}?.position"
        wait(one, f"Math.hypot({at}?.[0] - {x}, {at}?.[2] - {z}) < 0.02")
        one.wait_for_timeout(300)
        return picture(one)[330:560, 220:]

    nobody = beside_us(0.4, 30)
    assert (abs(beside_us(0.4, 5) - nobody).max(-1) > 24).mean() > 0.02, "behind us"
    assert (abs(beside_us(0.4, 5.9) - nobody).max(-1) > 24).mean() < 0.002, "before our eye"
