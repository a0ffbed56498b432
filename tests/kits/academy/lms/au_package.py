"""A course package of cmi5 whose unit is a real page: it speaks as section 8 and 9 say, alone.

Before that it tries what a page at a world's address must not be able to do.
"""

from __future__ import annotations

import io
import zipfile

SPACE = "https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd"
TEXTS = ("<title><langstring lang='en'>{}</langstring></title>"
         "<description><langstring lang='en'>D</langstring></description>")  # fmt: skip
STRUCTURE = f"""<courseStructure xmlns='{SPACE}'><course id='urn:geo'>{TEXTS.format("Geology")}
</course><au id='urn:geo:rocks' moveOn='CompletedAndPassed' masteryScore='0.8'
 launchMethod='OwnWindow'>{TEXTS.format("Rocks of the sea")}<url>pages/start.html?lang=en</url></au>
</courseStructure>"""
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Rocks of the sea</title>
<link rel="stylesheet" href="../look.css"><h1>Rocks of the sea</h1><img src="rock.svg" alt="A rock">
<p id="said" role="status">…</p><button hidden>It is basalt</button>
<script type="module" src="../code/unit.js"></script></html>
"""
STYLE = "h1 { color: rgb(10 90 70); }"
PICTURE = """<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">
<rect width="9" height="9"/></svg>"""
WORDS = '{"question": "What is black and came out of the sea?"}'
SCRIPT = """
import { uuid } from './more.js';
const given = new URLSearchParams(location.search);
const said = document.getElementById('said');
const tried = window.tried = {};
const attempt = async (name, run) => {
  try { tried[name] = await run(); } catch (error) { tried[name] = error.name; }
};
await attempt('origin', () => self.origin);
await attempt('cookie', () => document.cookie || 'none');
await attempt('store', () => localStorage.length);
await attempt('me', async () => (await fetch('/api/auth/me', { credentials: 'include' })).status);
await attempt('act', async () => (await fetch('/api/worlds/school/actions/say', {
  method: 'POST', mode: 'no-cors', credentials: 'include', body: '{"text": "I am not myself"}',
})).type);
await attempt('socket', () => new Promise((done) => {
  const socket = new WebSocket(location.origin.replace('http', 'ws') + '/api/worlds/school/live');
  socket.onopen = () => done('open');
  socket.onerror = () => done('refused');
}));
await attempt('frame', () => new Promise((done) => {
  const frame = document.createElement('iframe');
  frame.src = '/w/school';
  frame.onload = () => {
    try { done(frame.contentDocument === null ? 'closed' : 'open'); } catch { done('closed'); }
    frame.remove();
  };
  document.body.append(frame);
}));

const actor = JSON.parse(given.get('actor'));
const endpoint = given.get('endpoint');
const told = await (await fetch(given.get('fetch'), { method: 'POST' })).json();
const headers = {
  Authorization: `Basic ${told['auth-token']}`, 'X-Experience-API-Version': '1.0.3',
  'Content-Type': 'application/json',
};
const where = new URLSearchParams({
  activityId: given.get('activityId'), agent: given.get('actor'),
  registration: given.get('registration'), stateId: 'LMS.LaunchData',
});
const data = await (await fetch(`${endpoint}activities/state?${where}`, { headers })).json();
const CMI5 = 'https://w3id.org/xapi/cmi5/context/categories/';
const tell = async (verb, result) => {
  const id = uuid();
  const context = structuredClone(data.contextTemplate);
  context.registration = given.get('registration');
  context.contextActivities.category = [{ id: `${CMI5}cmi5` }];
  if (result && ('success' in result || 'completion' in result))
    context.contextActivities.category.push({ id: `${CMI5}moveon` });
  if (verb !== 'initialized') result = { ...result, duration: 'PT2S' };
  const answer = await fetch(`${endpoint}statements?statementId=${id}`, {
    method: 'PUT', headers, body: JSON.stringify({
      id, actor, verb: { id: `http://adlnet.gov/expapi/verbs/${verb}` },
      object: { id: given.get('activityId') }, context, result,
      timestamp: new Date().toISOString(),
    }),
  });
  if (!answer.ok) throw new Error(`${verb}: ${await answer.text()}`);
};
await tell('initialized');
said.textContent = (await (await fetch('../words.json')).json()).question;
const button = document.querySelector('button');
button.hidden = false;
button.onclick = async () => {
  await tell('completed', { completion: true });
  await tell('passed', { success: true, score: { scaled: 0.9 } });
  await tell('terminated');
  location.href = data.returnURL;
};
"""
MORE = "export const uuid = () => crypto.randomUUID();"


def package(*more: tuple[str, bytes]) -> bytes:
    """Return the package, with more files."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("cmi5.xml", STRUCTURE)
        made.writestr("pages/start.html", PAGE)
        made.writestr("pages/rock.svg", PICTURE)
        made.writestr("look.css", STYLE)
        made.writestr("words.json", WORDS)
        made.writestr("code/unit.js", SCRIPT)
        made.writestr("code/more.js", MORE)
        for name, data in more:
            made.writestr(name, data)
    return kept.getvalue()
