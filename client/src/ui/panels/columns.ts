/** A column of a table as it comes: numbers and times as the bytes of float64, texts as a list. */
export interface Column {
  readonly name: string;
  readonly kind: 'number' | 'time' | 'text';
  readonly cells: Float64Array | readonly string[];
}

type Wired = Uint8Array | readonly string[];

/** Numbers from the bytes of little-endian float64, or texts as they are. */
export function cellsOf(wired: Wired): Float64Array | readonly string[] {
  if (!(wired instanceof Uint8Array)) return wired;
  // The bytes of a message begin anywhere, and numbers must not.
  return new Float64Array(wired.slice().buffer);
}

export function numbersOf(wired: unknown): Float64Array {
  return wired instanceof Uint8Array ? (cellsOf(wired) as Float64Array) : new Float64Array();
}

export function columnsOf(wired: unknown): Column[] {
  if (!Array.isArray(wired)) return [];
  return (wired as { name: string; kind: Column['kind']; cells: Wired }[]).map((column) => ({
    ...column,
    cells: cellsOf(column.cells),
  }));
}

export function lengthOf(columns: readonly Column[]): number {
  return columns[0]?.cells.length ?? 0;
}

/** A column with more cells at its end, and at most so many in all: the newest. */
export function joined(
  old: Float64Array | readonly string[],
  more: Float64Array | readonly string[],
  most: number,
): Float64Array | readonly string[] {
  const drop = Math.max(0, old.length + more.length - most);
  if (!(old instanceof Float64Array) || !(more instanceof Float64Array)) {
    return [...(old as readonly string[]), ...(more as readonly string[])].slice(drop);
  }
  const all = new Float64Array(old.length + more.length - drop);
  const kept = old.subarray(Math.min(drop, old.length));
  all.set(kept);
  all.set(more.subarray(Math.max(0, drop - old.length)), kept.length);
  return all;
}

export function joinedColumns(
  old: readonly Column[],
  more: readonly Column[],
  most: number,
): Column[] {
  return old.map((column, at) => {
    const next = more[at]!;
    if (column.cells.length === 0) return { ...next, name: column.name };
    return { ...column, cells: joined(column.cells, next.cells, most) };
  });
}

/** How a cell is written. */
export function written(column: Column, row: number): string {
  const cell = column.cells[row];
  if (typeof cell !== 'number') return cell ?? '';
  if (Number.isNaN(cell)) return '';
  return column.kind === 'time' ? timeOf(cell) : numberText(cell);
}

const plain = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 7, useGrouping: true });

function numberText(value: number): string {
  return Math.abs(value) >= 1e15 ? value.toExponential(4) : plain.format(value);
}

/** A time in UTC seconds as people here write it; without a clock where it is midnight. */
export function timeOf(seconds: number): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return '';
  const day = seconds % 86_400 === 0;
  return day
    ? date.toLocaleDateString(undefined, { dateStyle: 'medium', timeZone: 'UTC' })
    : date.toLocaleString(undefined, { dateStyle: 'short', timeStyle: 'medium' });
}

/**
 * The order of a table's rows: those in which every word stands, sorted by a column; what is
 * missing comes last, either way.
 */
export function ordered(
  columns: readonly Column[],
  words: string,
  by: number | null,
  down: boolean,
): Uint32Array {
  const count = lengthOf(columns);
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  let rows = Uint32Array.from({ length: count }, (_, row) => row);
  if (wanted.length > 0) {
    rows = rows.filter((row) => {
      const line = columns.map((column) => written(column, row).toLowerCase()).join('\n');
      return wanted.every((word) => line.includes(word));
    });
  }
  const column = by === null ? undefined : columns[by];
  if (!column) return rows;
  const way = down ? -1 : 1;
  const { cells } = column;
  if (cells instanceof Float64Array) {
    return rows.sort((a, b) => {
      const [x, y] = [cells[a]!, cells[b]!];
      if (Number.isNaN(x) || Number.isNaN(y))
        return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
      return (x - y) * way || a - b;
    });
  }
  const ranks = ranksOf(cells);
  return rows.sort((a, b) => (ranks[a]! - ranks[b]!) * way || a - b);
}

/** The rank of each text among all: to compare texts ten thousand times over would be seen. */
function ranksOf(cells: readonly string[]): Uint32Array {
  const collator = new Intl.Collator(undefined, { numeric: true });
  const distinct = [...new Set(cells)].sort((a, b) => collator.compare(a, b));
  const places = new Map(distinct.map((text, rank) => [text, rank]));
  return Uint32Array.from(cells, (text) => places.get(text)!);
}
