import '../ui/css/base.css';
import '../ui/css/front.css';
import '../ui/css/hud.css';
import '../ui/css/things.css';
import { App } from './app.ts';
import { acceptInvitation, claimRealm } from './claim.ts';
import { makeProbe, type Probe } from './probe.ts';
import { recallKiosk } from '../net/memory.ts';

declare global {
  interface Window {
    worldloom: Probe;
  }
}

const app = new App(
  document.getElementById('stage') as HTMLCanvasElement,
  document.getElementById('ui') as HTMLElement,
);
window.worldloom = makeProbe(app);
app.ready = claimRealm(app)
  .then(() => acceptInvitation(app))
  .then(() => app.route());
if (/[?&]sign-in\b/.test(location.search))
  void import('./signing-in.ts').then(({ offerSignIn }) => offerSignIn(app));
if (/[?&]kiosk\b/.test(location.search) || recallKiosk())
  void import('./kiosk.ts').then(({ startKiosk }) => startKiosk(app));
