import { Chat } from '../ui/chat.ts';
import { DeedBar, type DeedEvents } from '../ui/deed-bar.ts';
import { el } from '../ui/dom.ts';
import { Note } from '../ui/note.ts';
import { Banner, Hint, Loading, Stick, dropFrame } from '../ui/overlays.ts';
import { PlaceBar, type PlacingEvents } from '../ui/place-bar.ts';
import { ReachBar } from '../ui/reach-bar.ts';
import { Toasts } from '../ui/toasts.ts';
import { Topbar, type MenuChoices, type TopbarEvents } from '../ui/topbar.ts';

const FLASH_MS = 1600;

/** What the interface's parts ask of the page. */
export interface HudEvents extends TopbarEvents {
  say(text: string): void;
  press(id: number): void;
  point(id: number | null): void;
  placing: PlacingEvents;
  deeds: DeedEvents;
}

/** All parts of the interface while one is in a world, and those that are always there. */
export class Hud {
  readonly toasts = new Toasts();
  readonly loading = new Loading();
  readonly banner = new Banner();
  readonly hint = new Hint();
  readonly note = new Note();
  readonly stick = new Stick();
  readonly dropFrame = dropFrame();
  readonly chat: Chat;
  readonly topbar: Topbar;
  readonly reach: ReachBar;
  readonly placeBar: PlaceBar;
  readonly deeds: DeedBar;
  readonly inside: HTMLElement;

  constructor(root: HTMLElement, choices: MenuChoices, events: HudEvents) {
    const toStage = () => document.getElementById('stage')?.focus();
    this.chat = new Chat(events.say, toStage);
    this.topbar = new Topbar(choices, events);
    this.reach = new ReachBar(events.press, events.point);
    this.placeBar = new PlaceBar(events.placing);
    this.deeds = new DeedBar(events.deeds);
    this.inside = el(
      'div',
      { class: 'hud', hidden: true },
      this.reach.root,
      this.topbar.root,
      this.hint.root,
      this.note.root,
      this.placeBar.root,
      this.deeds.root,
      this.chat.root,
      this.stick.root,
    );
    root.append(
      this.inside,
      this.dropFrame,
      this.loading.root,
      this.banner.root,
      this.toasts.root,
      this.reach.voice,
    );
  }

  /** Shows what belongs to being in a world, or hides it on the front page. */
  enter(inside: boolean): void {
    this.inside.hidden = !inside;
    this.note.hide();
    if (!inside) this.topbar.shut();
  }

  /** Says something short where the pointer's hint stands. */
  flash(text: string): void {
    this.hint.show(text, true);
    setTimeout(() => this.hint.show(null), FLASH_MS);
  }
}
