"""Which test does which deed of the table how: mouse and keys, touch, a headset, in words."""

from __future__ import annotations

BECAUSE = "because "
"""How what stands in a test's place begins: why there is none."""
SAME = "because a tap presses the same button as a click does"
WAYS: dict[str, tuple[str, str, str, str]] = {
    "walk": (
        "test_two_visitors_see_each_other_walk_by_a_held_key",
        "test_nothing_overflows_a_phone_and_a_thumb_walks",
        "test_one_glides_where_one_looks_and_a_wall_stops_it",
        "test_a_step_goes_where_one_looks",
    ),
    "run": (
        "test_the_fountain_stops_who_walks_into_it",
        "because a thumb that is pushed to the rim is the same intent as the key's",
        "test_a_stick_that_is_pressed_runs_until_it_comes_back",
        "because who goes by words is there at once",
    ),
    "jump up": (
        "because a key's jump is the same intent as the button's",
        "test_a_finger_jumps_and_turns_and_throws_what_it_holds",
        "test_bare_hands_jump_up_by_the_wrist",
        "because nothing is reached by a jump alone",
    ),
    "look and turn": (
        "test_keys_look_up_and_down_and_go_nearer_and_farther",
        "because a thumb's drag is the same wish as a mouse's",
        "test_the_stick_turns_in_steps_and_an_arc_goes_where_it_ends",
        "test_a_step_goes_where_one_looks",
    ),
    "go nearer with the eye": (
        "test_keys_look_up_and_down_and_go_nearer_and_farther",
        "because two fingers' zoom is the same wish as the wheel's",
        "because one's own head goes nearer",
        "because words are as near everywhere",
    ),
    "use a thing": (
        "test_a_click_on_the_lantern_lights_it_for_the_other_visitor",
        "test_a_finger_takes_by_a_tap_and_throws_by_the_next",
        "test_a_trigger_clicks_what_its_ray_is_on",
        "test_who_does_not_see_talks_walks_and_lights_the_lantern",
    ),
    "take, put down, throw": (
        "test_a_key_takes_the_nearest_thing_another_throws_it",
        "test_a_finger_takes_by_a_tap_and_throws_by_the_next",
        "test_a_bare_hand_takes_the_ball_by_a_pinch_and_lets_it_fall",
        "test_in_words_one_throws_the_way_one_looks_as_the_page_knows_it",
    ),
    "turn what is in the hand": (
        "because R and the finger's button are one deed",
        "test_a_finger_jumps_and_turns_and_throws_what_it_holds",
        "test_a_hand_takes_the_ball_and_throws_it",
        "test_in_words_one_throws_the_way_one_looks_as_the_page_knows_it",
    ),
    "sit down and stand up": (
        "test_one_sits_by_the_bar_of_things_and_a_step_stands_up",
        "because a tap on a seat is a click on it",
        "test_one_sits_down_on_what_the_ray_is_on_and_a_step_stands_up",
        "test_in_words_one_sits_down_before_a_film_plays_it_and_is_told_its_captions",
    ),
    "draw on a face, such as a whiteboard": (
        "test_a_triangle_is_drawn_by_keys_alone_and_seen_by_another",
        "test_taps_of_a_finger_draw_on_a_narrow_screen_and_a_pen_stays_on_the_board",
        "test_what_has_no_picture_of_its_own_is_tried_by_use_in_a_headset",
        "test_a_triangle_is_drawn_by_keys_alone_and_seen_by_another",
    ),
    "read a note": (
        "test_the_keyboard_alone_reaches_a_thing_and_says_so",
        "because a tap on it is a click on it",
        "test_what_is_annotated_is_read_and_the_talk_is_followed",
        "test_who_does_not_see_carries_a_thing_and_hears_what_happens_near",
    ),
    "use a panel": (
        "test_each_control_reaches_python_and_everyone_else",
        "test_axe_finds_nothing_and_nothing_is_wider_than_the_screen",
        "test_every_kind_of_widget_is_worn_as_it_is_on_the_page_and_answers_a_ray",
        "test_in_words_panels_are_the_same_live_controls",
    ),
    "say something": (
        "test_enter_opens_the_line_to_talk_and_enter_says_it",
        SAME,
        "test_one_says_something_by_the_keyboard_that_hangs_before_one",
        "test_who_does_not_see_talks_walks_and_lights_the_lantern",
    ),
    "follow the talk": (
        "test_two_visitors_hear_each_other",
        SAME,
        "test_what_is_annotated_is_read_and_the_talk_is_followed",
        "test_who_does_not_see_talks_walks_and_lights_the_lantern",
    ),
    "make a gesture": (
        "test_gestures_stand_on_a_wheel_for_keys_and_fingers",
        "test_gestures_stand_on_a_wheel_for_keys_and_fingers",
        "test_a_gesture_is_chosen_from_the_wheel",
        "test_gestures_name_and_look_are_had_by_keys_and_told",
    ),
    "mute, befriend, block, report": (
        "test_a_block_takes_both_out_of_each_others_sight_and_back",
        SAME,
        "test_who_is_here_is_blocked_and_reported_by_ray",
        "test_people_are_muted_and_blocked_by_name",
    ),
    "undo and redo": (
        "test_undo_and_redo_are_reached_and_pressed_by_keyboard",
        SAME,
        "test_the_wrist_undoes_and_redoes_and_opens_ones_look_and_the_invitation",
        "test_an_action_is_done_by_keyboard_alone_and_a_refusal_says_what_to_do",
    ),
    "see the past": (
        "test_both_scrub_each_for_themselves_and_come_back_to_live",
        "test_in_the_past_who_was_recorded_is_seen_walking_and_nobody_else",
        "test_the_time_of_the_world_is_dragged_along_and_left_again",
        "test_what_happened_before_is_told_with_a_way_to_each_moment",
    ),
    "read what happened": (
        "test_the_list_tells_who_did_what_and_can_be_filtered",
        SAME,
        "test_in_a_headset_the_history_is_listed_and_ones_own_recording_begins_and_ends",
        "test_what_happened_before_is_told_with_a_way_to_each_moment",
    ),
    "let your motion be recorded": (
        "test_everyone_sees_the_sign_and_only_who_agrees_is_recorded",
        SAME,
        "test_in_a_headset_the_history_is_listed_and_ones_own_recording_begins_and_ends",
        "test_everyone_sees_the_sign_and_only_who_agrees_is_recorded",
    ),
    "change a thing that stands here": (
        "test_a_builder_chooses_any_thing_by_keys_and_turns_it",
        "because a held finger chooses as the right button does",
        "test_a_builder_chooses_turns_grows_drags_and_removes_a_thing",
        "because it is a deed with a form, as every other",
    ),
    "play, seek, hear a film": (
        "test_the_bar_plays_by_the_keyboard_and_its_slider_seeks",
        SAME,
        "test_in_a_headset_the_bar_seeks_and_puts_captions_away",
        "test_in_words_one_sits_down_before_a_film_plays_it_and_is_told_its_captions",
    ),
    "hour of day, picture": (
        "because both are fields of the menu, which is read by keys",
        SAME,
        "test_the_pages_menu_hangs_before_one_with_hour_quality_sounds_and_help",
        "because words have no light",
    ),
    "mute sounds": (
        "test_steps_touches_and_doors_are_heard_and_can_be_silenced",
        SAME,
        "test_the_pages_menu_hangs_before_one_with_hour_quality_sounds_and_help",
        "because nothing sounds but the screen reader",
    ),
    "name and look": (
        "test_what_one_puts_on_and_does_is_seen_by_the_other",
        SAME,
        "test_the_wrist_undoes_and_redoes_and_opens_ones_look_and_the_invitation",
        "test_gestures_name_and_look_are_had_by_keys_and_told",
    ),
    "your account": (
        "test_a_guest_builds_keeps_the_account_comes_back_elsewhere_and_is_forgotten",
        SAME,
        "test_the_pages_menu_hangs_before_one_with_hour_quality_sounds_and_help",
        "test_people_are_invited_and_ones_account_is_kept_from_words",
    ),
    "invite": (
        "test_an_owner_makes_a_link_with_a_role_and_takes_it_back",
        SAME,
        "test_the_wrist_undoes_and_redoes_and_opens_ones_look_and_the_invitation",
        "test_people_are_invited_and_ones_account_is_kept_from_words",
    ),
    "help": (
        "test_both_entries_of_the_menu_work_and_nothing_lies_over_it",
        SAME,
        "test_the_pages_menu_hangs_before_one_with_hour_quality_sounds_and_help",
        "because every control says what it does",
    ),
    "how a headset is worn": (
        "test_how_one_likes_it_is_chosen_by_keyboard_and_remembered",
        SAME,
        "test_a_list_of_a_dialog_goes_back_and_on_by_presses",
        "because none is worn",
    ),
    "go to another world": (
        "test_enter_walks_in_without_a_reload_and_back_leads_out",
        "test_nothing_overflows_a_phone_and_a_thumb_walks",
        "test_the_front_page_of_a_headset_is_the_worlds_to_choose_from_by_ray",
        "because a gate's own button is a link, as that to the front page is",
    ),
    "bring a model": (
        "test_a_bad_file_is_refused_in_words_and_changes_nothing",
        SAME,
        "because no page in a headset may open the browser's own dialog for files",
        "because a file is chosen on the page in 3D, to which a link leads",
    ),
    "make a world": (
        "test_a_new_world_is_entered_by_the_owner_who_made_it",
        SAME,
        "because it is the page's own dialog, and hangs there as every other does",
        "because the front page, to which a link leads, is of plain controls",
    ),
}
LATER = {"What happened", "Recording", "What was here then", "Draw"}
"""Controls that come with what they are of: the history's list, a world that records, a board."""
UNLISTED = {
    "As in the world": "hour of day, picture",
    "Done": "change a thing that stands here",
    "Enter AR": "how a headset is worn",
    "Enter VR": "how a headset is worn",
    "Glide": "walk",
    "Keep it": "draw on a face, such as a whiteboard",
    "Leave the headset": "how a headset is worn",
    "Pen down": "draw on a face, such as a whiteboard",
    "Pen left": "draw on a face, such as a whiteboard",
    "Pen right": "draw on a face, such as a whiteboard",
    "Pen up": "draw on a face, such as a whiteboard",
    "Safety …": "mute, befriend, block, report",
    "Say something": "say something",
    "Seated": "how a headset is worn",
    "Set a point": "draw on a face, such as a whiteboard",
    "Smaller": "change a thing that stands here",
    "Turn right": "change a thing that stands here",
    "↶ Turn": "look and turn",
}
"""Controls that the table does not name, and the deed that each is a part of."""
