"""A world with the actions of all kits, and a form for each action that there is in it.

Which role each of them needs is written down here, not read from the kits: who changes one, or
adds one, says so here as well.
"""

from __future__ import annotations

from worldloom.kernel.builtin import BUILT_IN
from worldloom.kernel.rights import Role

LEARNERS = """
    experience leave_note begin answer next_step leave_course raise_hand lower_hand answer_class
    write_on_board draw_on_board erase_from_board press_widget set_widget
"""
INSTRUCTORS = """
    edit_course course_text new_course publish_course record_demonstration
    ask_class close_question lower_hands draw_groups end_groups send_groups
    gather_class follow_me release_class freeze_class unfreeze_class
    point_class spotlight_class take_marks wipe_board open_board
    show_evidence_map hide_evidence_map revoke_badge
"""
KITS = {
    **dict.fromkeys(LEARNERS.split(), Role.VISITOR),
    **dict.fromkeys(INSTRUCTORS.split(), Role.BUILDER),
}
"""Each action that the kits and the panels bring → the role it needs."""
TAUGHT = {**{name: action.role for name, action in BUILT_IN.items()}, **KITS}
"""Each action of the school."""

SCHOOL = f'''"""Two schools: one for everyone, and one for those who are let in."""

from worldloom import Panel, World
from worldloom.kits.academy import Academy
from worldloom.kits.academy.classroom.room import Classroom
from worldloom.kits.academy.courses.classroom import Courses
from worldloom.kits.academy.courses.course import Course, Scene, Step
from worldloom.kits.plaza import Plaza

WATCH = Step("watch", "demonstrate", "Watch.", recording="once", seated="Sit and watch.")
COURSE = Course("pan", "A pan", scenes=(Scene("all", "All of it", steps=(WATCH,)),))


def school(name: str, public: bool) -> World:
    """Return a world with all that the kits bring."""
    world = World(name, public=public)
    world.use(Plaza())
    world.use(Academy(classroom=Classroom(board=(0.0, 1.5, -3.0))))
    world.use(Courses(COURSE))
    panel = world.use(Panel("Forms", id="forms"))
    for action in {sorted(TAUGHT)}:
        panel.form(action, action, id=action)
    return world


open_school, closed_school = school("school", True), school("closed", False)
'''
