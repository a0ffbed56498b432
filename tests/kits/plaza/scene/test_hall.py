"""What the hall promises: the numbers of Yingzao Fashi (1103)."""

from __future__ import annotations

import numpy as np
import pytest

from worldloom.kits.plaza.scene.hall import assemble, body
from worldloom.kits.plaza.scene.hall.brackets import bracket_set
from worldloom.kits.plaza.scene.hall.roof import Roof
from worldloom.kits.plaza.scene.hall.yingzao import Plan, fen_m, fold, monotone


def test_the_roof_folds_as_juan_five_says() -> None:
    heights = fold(310, [125, 250], 620 / 3)
    assert [round(h, 2) for h in heights] == [206.67, 102.67, 22.96, 0.0]


def test_a_fen_of_the_fourth_grade_is_fifteen_millimetres() -> None:
    assert fen_m(4) == pytest.approx(0.014976)
    assert [round(fen_m(grade) / 0.0312, 3) for grade in (1, 8)] == [0.6, 0.3]


def test_the_hall_has_the_size_of_three_bays() -> None:
    plan = Plan()
    assert 2 * plan.half_x * plan.unit == pytest.approx(13.10, abs=0.01)
    assert 2 * plan.half_z * plan.unit == pytest.approx(7.49, abs=0.01)
    assert plan.column * plan.unit == pytest.approx(4.04, abs=0.01)
    assert plan.corner_rise == pytest.approx(2 / 0.48)
    ridge = (plan.eave_purlin + Roof(plan).rise) * plan.unit
    assert ridge == pytest.approx(10.06, abs=0.6)


def test_two_bracket_sets_stand_in_the_middle_bay_and_one_in_the_others() -> None:
    places = assemble.bracket_places(Plan())
    front = [x for x, _, z, turn in places if z > 0 and turn == 0.0]
    assert len(places) == 26
    assert len([x for x in front if abs(x) < 187]) == 2
    assert len(bracket_set().triangles) < 900


def test_seven_steps_climb_the_terrace() -> None:
    count, rise, tread = body.stairs(Plan())
    assert count == 7
    assert rise * Plan().unit == pytest.approx(0.16, abs=0.01)
    assert tread * Plan().unit == pytest.approx(0.312, abs=0.001)


def test_the_roof_falls_from_ridge_to_eave_without_a_bump() -> None:
    roof = Roof(Plan())
    heights = roof.curve(np.linspace(0, roof.edge, 200))
    assert (np.diff(heights) < 0).all()


def test_a_monotone_curve_passes_its_points_and_never_overshoots() -> None:
    x, y = [0.0, 1.0, 3.0, 4.0], [0.0, 5.0, 5.0, 6.0]
    curve = monotone(x, y)
    assert np.allclose(curve(np.array(x)), y)
    assert curve(np.linspace(0, 4, 300)).max() <= 6 + 1e-9


def test_one_can_walk_through_the_open_doors() -> None:
    shape = assemble.colliders()
    p = shape.positions[shape.triangles]
    # A walker 1 m wide and 2 m tall, from the path to the middle of the room.
    for z in np.linspace(-33.6, -37.5, 12):
        near = (p[:, :, 2].min(1) < z + 0.05) & (p[:, :, 2].max(1) > z - 0.05)
        wide = (p[:, :, 0].max(1) > -0.5) & (p[:, :, 0].min(1) < 0.5)
        high = (p[:, :, 1].min(1) < 3.1) & (p[:, :, 1].max(1) > 1.35)
        assert not (near & wide & high).any()
