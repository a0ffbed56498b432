import { brushOf } from '../../../view/panels/brush.ts';
import { el } from '../../dom.ts';
import { paletteOf } from '../chart/palette.ts';
import { newId, repaint, textOf, type Make, type Props } from '../node.ts';
import { say } from '../strings.ts';
import { bind, Note } from './bind.ts';

interface GraphNode {
  readonly id: string;
  readonly label: string;
  readonly x: number;
  readonly y: number;
}

interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly (readonly [from: string, to: string])[];
}

/** What someone does to a graph; the server folds the same. */
interface Deed {
  readonly do: 'move' | 'add' | 'rename' | 'remove' | 'link' | 'unlink';
  readonly node: string;
  readonly to?: string;
  readonly label?: string;
  readonly x?: number;
  readonly y?: number;
}

const EMPTY: Graph = { nodes: [], edges: [] };
const STEP = 0.03;
const HEIGHT_PX = 300;
const DRAG_PX = 4;
const ARROW_PX = 7;
const held = (share: number) => Math.min(1, Math.max(0, share));

/**
 * A graph whose nodes are buttons over drawn edges: drag them or use the arrow keys, press one to
 * choose it, and connect, rename or remove what is chosen.
 */
export const graph: Make = (node, desk) => {
  const note = new Note();
  const title = el('figcaption', { id: newId(), dir: 'auto' });
  const canvas = el('canvas', { class: 'under', ariaHidden: 'true' });
  const field = el('div', { class: 'graph-nodes' });
  const stage = el('div', { class: 'graph-stage' }, canvas, field);
  const editable = node['editable'] === true;
  let shown: Graph = (node['value'] as Graph | undefined) ?? EMPTY;
  let off = false;
  let chosen = '';
  let linking = false;
  let asked = false;
  const buttons = new Map<string, HTMLButtonElement>();
  const nameOf = (id: string) => shown.nodes.find((one) => one.id === id)?.label || id;

  // A hand holds the whole graph while it drags; what it did is told by deeds, not by the graph.
  const hold = bind<Graph | Deed>(desk, node.id, note, (value) => {
    shown = value as Graph;
    draw();
  });
  const deed = (what: Deed, done = true) => {
    shown = folded(shown, what);
    draw();
    hold.move(what, done);
  };

  const tools = el('div', { class: 'graph-tools' });
  const name = el('input', {
    type: 'text',
    maxLength: 80,
    placeholder: say.graph.name,
    dir: 'auto',
  });
  name.ariaLabel = say.graph.name;
  const tool = (text: string, press: () => void) =>
    el('button', { type: 'button', onclick: press }, text);
  const add = tool(say.graph.add, () => {
    const label = name.value.trim() || say.graph.fresh;
    const id = `${label.slice(0, 40)}-${Math.random().toString(36).slice(2, 7)}`;
    name.value = '';
    deed({ do: 'add', node: id, label, x: 0.5, y: 0.5 });
    choose(id);
  });
  const rename = tool(say.graph.rename, () => {
    if (name.value.trim()) deed({ do: 'rename', node: chosen, label: name.value.trim() });
    name.value = '';
  });
  const link = tool(say.graph.link, () => {
    linking = !linking;
    draw();
  });
  const remove = tool(say.graph.remove, () => {
    const gone = chosen;
    choose('');
    deed({ do: 'remove', node: gone });
  });
  const edges = el('ul', { class: 'items', attrs: { role: 'list' } });
  const arrow = el('span', { class: 'arrow', ariaHidden: 'true' }, '▸');
  const more = el('details', {}, el('summary', {}, arrow, say.graph.connections), edges);
  more.ontoggle = () => (arrow.textContent = more.open ? '▾' : '▸');
  if (editable) tools.append(name, add, rename, link, remove);

  const choose = (id: string) => {
    chosen = id;
    linking = false;
    draw();
  };
  const pressed = (id: string) => {
    if (!linking) return choose(id === chosen ? '' : id);
    linking = false;
    if (id !== chosen) deed({ do: 'link', node: chosen, to: id });
    else draw();
  };

  const draw = () => {
    if (chosen && !shown.nodes.some(({ id }) => id === chosen)) chosen = '';
    const ids = new Set(shown.nodes.map(({ id }) => id));
    for (const [id, button] of buttons) {
      if (ids.has(id)) continue;
      button.remove();
      buttons.delete(id);
    }
    for (const one of shown.nodes) {
      const button = buttons.get(one.id) ?? stand(one.id);
      const count = shown.edges.filter((edge) => edge.includes(one.id)).length;
      button.style.left = `${one.x * 100}%`;
      button.style.top = `${one.y * 100}%`;
      button.firstElementChild!.textContent = one.label || one.id;
      button.ariaLabel = say.graph.node(one.label || one.id, count);
      button.ariaPressed = String(one.id === chosen);
    }
    rename.disabled = link.disabled = remove.disabled = off || !chosen;
    add.disabled = name.disabled = off;
    link.textContent = linking ? say.graph.cancel : say.graph.link;
    link.ariaPressed = String(linking);
    if (linking !== asked) note.tell(linking ? say.graph.linking(nameOf(chosen)) : null, true);
    asked = linking;
    list();
    later();
  };
  const list = () => {
    const rows = shown.edges.map(([from, to]) => {
      const text = el(
        'span',
        { class: 'words', dir: 'auto' },
        say.graph.edge(nameOf(from), nameOf(to)),
      );
      if (!editable) return el('li', {}, text);
      const cut = tool('✕', () => deed({ do: 'unlink', node: from, to }));
      cut.ariaLabel = say.graph.unlink(nameOf(from), nameOf(to));
      cut.className = 'nudge';
      cut.disabled = off;
      return el('li', {}, text, cut);
    });
    edges.replaceChildren(...(rows.length ? rows : [el('li', { class: 'dim' }, say.empty)]));
  };

  const stand = (id: string) => {
    const button = el(
      'button',
      { type: 'button', class: 'graph-node' },
      el('span', { dir: 'auto' }),
    );
    let from: { x: number; y: number } | null = null;
    let moved = false;
    button.onpointerdown = (event) => {
      from = { x: event.clientX, y: event.clientY };
      moved = false;
      if (!editable || off) return;
      hold.take();
      if (event.isTrusted) button.setPointerCapture(event.pointerId);
    };
    button.onpointermove = (event) => {
      if (!from || !editable || off) return;
      if (!moved && Math.hypot(event.clientX - from.x, event.clientY - from.y) < DRAG_PX) return;
      moved = true;
      deed({ do: 'move', node: id, ...placeOf(event) }, false);
    };
    button.onpointerup = (event) => {
      if (from && moved) deed({ do: 'move', node: id, ...placeOf(event) });
      from = null;
      hold.release();
    };
    button.onpointercancel = () => {
      from = null;
      hold.release();
    };
    button.onclick = () => {
      if (!moved) pressed(id);
      moved = false;
    };
    button.onkeydown = (event) => {
      const way = ARROWS[event.key];
      const one = shown.nodes.find((other) => other.id === id);
      if (event.key === 'Delete' && editable && !off) deed({ do: 'remove', node: id });
      if (!way || !one || !editable || off) return;
      event.preventDefault();
      deed({
        do: 'move',
        node: id,
        x: held(one.x + way[0] * STEP),
        y: held(one.y + way[1] * STEP),
      });
    };
    buttons.set(id, button);
    field.append(button);
    return button;
  };
  const placeOf = (event: PointerEvent) => {
    const box = field.getBoundingClientRect();
    return {
      x: Number(held((event.clientX - box.left) / box.width).toFixed(4)),
      y: Number(held((event.clientY - box.top) / box.height).toFixed(4)),
    };
  };

  let due = 0;
  const later = () => (due ||= requestAnimationFrame(paint));
  const paint = () => {
    due = 0;
    const width = stage.clientWidth;
    if (width) drawEdges(canvas, width, stage.clientHeight, field, shown, buttons);
    repaint(canvas);
  };
  const watch = new ResizeObserver(later);
  watch.observe(stage);
  const set = (props: Props) => {
    if ('label' in props) title.textContent = textOf(props, 'label');
    if ('disabled' in props) {
      off = Boolean(props['disabled']);
      draw();
    }
    note.hear(props);
  };
  stage.style.height = `${HEIGHT_PX}px`;
  stage.setAttribute('role', 'group');
  stage.setAttribute('aria-labelledby', title.id);
  set(node);
  draw();
  return {
    root: el('figure', { class: 'graph' }, title, stage, note.root, tools, more),
    set,
    hold: hold as never,
    dispose: () => {
      cancelAnimationFrame(due);
      watch.disconnect();
    },
  };
};

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The graph after a deed, until the server's own word comes. */
function folded(graph: Graph, deed: Deed): Graph {
  const { nodes, edges } = graph;
  const change = (fields: Partial<GraphNode>): Graph => ({
    nodes: nodes.map((node) => (node.id === deed.node ? { ...node, ...fields } : node)),
    edges,
  });
  switch (deed.do) {
    case 'move':
      return change({ x: deed.x ?? 0.5, y: deed.y ?? 0.5 });
    case 'rename':
      return change({ label: deed.label ?? '' });
    case 'add':
      return {
        nodes: [
          ...nodes,
          { id: deed.node, label: deed.label ?? '', x: deed.x ?? 0.5, y: deed.y ?? 0.5 },
        ],
        edges,
      };
    case 'remove':
      return {
        nodes: nodes.filter(({ id }) => id !== deed.node),
        edges: edges.filter((edge) => !edge.includes(deed.node)),
      };
    case 'link':
      return { nodes, edges: [...edges, [deed.node, deed.to ?? '']] };
    case 'unlink':
      return { nodes, edges: edges.filter(([a, b]) => a !== deed.node || b !== deed.to) };
  }
}

function drawEdges(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
  field: HTMLElement,
  { nodes, edges }: Graph,
  buttons: ReadonlyMap<string, HTMLElement>,
): void {
  const scale = Math.max(1.5, devicePixelRatio);
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const g = brushOf(canvas);
  const palette = paletteOf(canvas);
  g.setTransform(scale, 0, 0, scale, 0, 0);
  g.strokeStyle = g.fillStyle = palette.dim;
  g.lineWidth = 1.5;
  const at = (node: GraphNode) => [
    field.offsetLeft + node.x * field.clientWidth,
    field.offsetTop + node.y * field.clientHeight,
  ];
  const byId = new Map(nodes.map((node) => [node.id, node]));
  for (const [from, to] of edges) {
    const [a, b] = [byId.get(from), byId.get(to)];
    if (!a || !b) continue;
    const [ax, ay] = at(a) as [number, number];
    const [bx, by] = at(b) as [number, number];
    const box = buttons.get(to);
    const [dx, dy] = [bx - ax, by - ay];
    const way = Math.hypot(dx, dy) || 1;
    // The tip ends at the edge of the other node's box.
    const [hw, hh] = [(box?.offsetWidth ?? 0) / 2 + 3, (box?.offsetHeight ?? 0) / 2 + 3];
    const reach = Math.min(hw / Math.abs(dx / way || 1e-9), hh / Math.abs(dy / way || 1e-9), way);
    const [tx, ty] = [bx - (dx / way) * reach, by - (dy / way) * reach];
    g.beginPath();
    g.moveTo(ax, ay);
    g.lineTo(tx, ty);
    g.stroke();
    const turn = Math.atan2(dy, dx);
    g.beginPath();
    g.moveTo(tx, ty);
    for (const side of [-0.45, 0.45])
      g.lineTo(tx - ARROW_PX * Math.cos(turn + side), ty - ARROW_PX * Math.sin(turn + side));
    g.closePath();
    g.fill();
  }
}
