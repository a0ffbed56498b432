import '../../ui/css/safety.css';
import { api } from '../../net/api.ts';
import type { Bonded } from '../../net/wire.generated.ts';
import { openOverview, type Other, type Report } from '../../ui/safety/overview.ts';
import { openPerson, type Person, type Standing } from '../../ui/safety/person.ts';
import { words } from '../../ui/safety/words.ts';
import type { Session } from '../../world/session.ts';
import { ask, attempt, type Asking } from '../here.ts';
import { whoLeft } from './gone.ts';

const NOTHING: Bonded = {
  type: 'bonded',
  near: [],
  muted: [],
  friends: [],
  blocked: [],
  distance: true,
  muted_accounts: [],
};

/** The page that it stands on: where we are, and the way to a moment. */
interface Place extends Asking {
  readonly walker: { readonly body: { readonly position: { x: number; z: number } } };
  readonly time: { go(seq: number, until: number, ms: number): unknown };
}

/** What one does about the others here; loaded when somebody is first looked at. */
export class Safety {
  private readonly here: Place;
  private readonly session: Session;
  private mine = NOTHING;
  private follow = (): void => {};

  constructor(here: Place, session: Session) {
    this.here = here;
    this.session = session;
    session.channels.on('bonded', (bonded) => {
      this.mine = bonded;
      this.follow();
    });
  }

  /** Opens what can be done about somebody who is here. */
  person(visitor: string): void {
    const found = this.session.presence.visitors.get(visitor);
    if (found) this.about(visitor, found.name, 'here');
  }

  /** The same about who is not here: they can be blocked, reported and banned all the same. */
  private about(visitor: string, name: string, where: Person['where']): void {
    const standing = (): Standing => ({
      muted: this.mine.muted.includes(visitor),
      friend: this.mine.friends.includes(visitor),
    });
    const follow = openPerson(
      { name, where, ...standing(), moderated: this.may('ban') },
      {
        mute: (on) => void this.ask('mute', { account: visitor, on }),
        befriend: (on) => void this.ask('befriend', { account: visitor, on }),
        block: () => void this.ask('block', { account: visitor }),
        report: (reason) =>
          void this.ask('report', { account: visitor, reason }).then(
            (done) => done && this.here.hud.toasts.note(words.reported),
          ),
        ban: (seconds) =>
          void this.ask('ban', { account: visitor, seconds }).then(
            (done) => done && this.here.hud.toasts.note(words.banned(name)),
          ),
      },
    );
    this.follow = () => follow(standing());
  }

  /** The others who are here, nearest first. */
  private others(): Other[] {
    const { presence, me } = this.session;
    const { x, z } = this.here.walker.body.position;
    const found = [...presence.visitors.values()].filter(({ id }) => id !== me?.visitor);
    const away = (id: string) => {
      const pose = presence.lastPose(id);
      return pose && Math.hypot(pose.x - x, pose.z - z);
    };
    return found
      .map(({ id, name, avatar }) => ({ id, name, avatar, metres: away(id) }))
      .sort((a, b) => (a.metres ?? Infinity) - (b.metres ?? Infinity));
  }

  /** Opens who is here and one's own list, and the reports for those who moderate. */
  async overview(): Promise<void> {
    const path = `/api/worlds/${encodeURIComponent(this.session.world)}/reports`;
    const reports = this.may('ban')
      ? await attempt(this.here, () => api<{ reports: Report[] }>('GET', path))
      : null;
    const shut = () => document.querySelector<HTMLDialogElement>('dialog[open]')?.close();
    const copies =
      (this.session.me?.copies ?? 1) > 1
        ? (await import('../copies.ts')).listCopies(this.here, this.session, shut)
        : null;
    // Where one may not read the log, nobody is listed.
    const gone = await whoLeft(this.session).catch(() => []);
    openOverview({ others: this.others(), gone, copies }, this.mine, reports?.reports ?? null, {
      person: (visitor) => {
        shut();
        this.person(visitor);
      },
      parted: ({ id, name, speaks }) => {
        shut();
        this.about(id, name, speaks ? 'elsewhere' : 'gone');
      },
      distance: (on) => void this.ask('keep_distance', { on }),
      unblock: (account) => void this.ask('block', { account, on: false }),
      unmute: (account) => void this.ask('mute', { account, on: false }),
      watch: ({ first, since, seq }) => {
        shut();
        void this.here.time.go(first, seq, since / 1000);
      },
      ban: (account, seconds) => {
        shut();
        void this.ask('ban', { account, seconds }).then((done) => done && this.overview());
      },
    });
  }

  private may(action: string): boolean {
    return this.session.me?.actions.some(({ name }) => name === action) ?? false;
  }

  private ask(action: string, args: Record<string, unknown>): Promise<unknown> {
    return ask(this.here, action, args);
  }
}
