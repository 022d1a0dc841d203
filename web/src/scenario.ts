/**
 * What if: edits of the network as short words of the address, and as rows for the server.
 *
 * Pure. One edit is `action:target` or `action:target:column=value;column=value`; the columns are those of
 * the table scenario_edits, so that a list of edits is the file that `daliz scenario apply` reads.
 */
import { csv } from './lib/csv';

export const ACTIONS = ['close', 'slow', 'remove_step', 'add_step', 'add_capacity', 'draught', 'price'] as const;
export type Action = (typeof ACTIONS)[number];
export interface Edit { action: Action; target: string; fields: Record<string, string> }

/** Columns an edit may carry, and whether the server wants a number there. */
const COLUMNS: Record<string, 'text' | 'number'> = {
  mode: 'text', direction: 'text', service: 'text', code: 'text', party: 'text', target_kind: 'text',
  factor: 'number', mean_h: 'number', probability: 'number', change_cm: 'number', servers: 'number', servers_now: 'number', utilisation: 'number',
};

/** What the reader fills in for an action: the column, its start value, and its bounds. */
export const QUANTITY: Record<Action, { column: string; start: number; min: number; max: number; step: number; unit: string } | null> = {
  close: null,
  slow: { column: 'factor', start: 2, min: 0.05, max: 50, step: 0.05, unit: '×' },
  remove_step: null,
  add_step: { column: 'mean_h', start: 4, min: 0.01, max: 500, step: 0.5, unit: 'h' },
  add_capacity: { column: 'servers', start: 1, min: 1, max: 1000, step: 1, unit: '+' },
  draught: { column: 'change_cm', start: -50, min: -1500, max: 1500, step: 10, unit: 'cm' },
  price: { column: 'factor', start: 1.2, min: 0.05, max: 50, step: 0.05, unit: '×' },
};

export function parseEdit(text: string): Edit | null {
  const [action = '', target = '', rest = ''] = text.split(':');
  if (!ACTIONS.includes(action as Action) || !target.trim()) return null;
  const fields: Record<string, string> = {};
  for (const pair of rest.split(';')) {
    const [column = '', value = ''] = pair.split('=');
    if (column in COLUMNS && value) fields[column] = value;
  }
  return { action: action as Action, target: target.trim(), fields };
}

export function writeEdit({ action, target, fields }: Edit): string {
  const rest = Object.entries(fields).map(([column, value]) => `${column}=${value}`).join(';');
  return `${action}:${target.replace(/[:,]/g, ' ')}${rest ? `:${rest}` : ''}`;
}

export const sameEdit = (a: Edit, b: Edit): boolean => writeEdit(a) === writeEdit(b);

/** A cell as the server wants it; what is no number goes as it is, so that the refusal can name it. */
const cellOf = (column: string, value: string): string | number =>
  (COLUMNS[column] === 'number' && Number.isFinite(Number(value)) ? Number(value) : value);

/** Rows of table scenario_edits. */
export function editRows(edits: readonly Edit[]): Record<string, string | number>[] {
  return edits.map(({ action, target, fields }, index) => ({
    edit: `e${index + 1}`, action, target,
    ...Object.fromEntries(Object.entries(fields).map(([column, value]) => [column, cellOf(column, value)])),
  }));
}

/** The same as a file for `daliz scenario apply`. */
export function editsCsv(edits: readonly Edit[]): string {
  const rows = editRows(edits);
  const columns = ['edit', 'action', 'target', ...new Set(rows.flatMap((row) => Object.keys(row).slice(3)))];
  return csv([columns, ...rows.map((row) => columns.map((column) => row[column]))]);
}

/** Named scenarios, kept on this device. */
const KEY = 'daliz.scenarios';
export type Kept = Record<string, string>;

export function readKept(): Kept {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    if (typeof found !== 'object' || found === null) return {};
    return Object.fromEntries(Object.entries(found).filter((pair): pair is [string, string] => typeof pair[1] === 'string'));
  } catch { return {}; }
}

export function writeKept(kept: Kept): boolean {
  try { localStorage.setItem(KEY, JSON.stringify(kept)); return true; } catch { return false; }
}
