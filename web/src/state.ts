/**
 * What the reader sees, as an address that can be read aloud, kept and sent.
 *
 * Pure: text in, view out, and back. Only what differs from the start is written; commas, colons and
 * slashes stay as they are, because nobody can read %2C.
 */
import { editRows, parseEdit, writeEdit, type Edit } from './scenario';
import { isLang, type Lang } from './words';

export type Tab = 'route' | 'corridors' | 'crossings' | 'monitoring';
export type CardKind = 'place' | 'crossing' | 'leg';
export type ModeChoice = 'any' | 'rail' | 'road' | 'sea';
export const TABS: readonly Tab[] = ['route', 'corridors', 'crossings', 'monitoring'];
export const MODE_CHOICES: readonly ModeChoice[] = ['any', 'rail', 'road', 'sea'];
/** Layers the legend can switch off. */
export const LAYERS = ['rail', 'road', 'sea', 'corridors', 'crossings', 'places'] as const;
export type LayerName = (typeof LAYERS)[number];

/** Years of the slider: what is planned beyond them has no date. */
export const FIRST_YEAR = 2026;
export const LAST_YEAR = 2040;

/** One forty-foot container, as the CLI and the server have it. */
export const DEFAULT_TEU = 2;

export interface Camera { readonly zoom: number; readonly lat: number; readonly lon: number }

export interface View {
  lang: Lang;
  tab: Tab;
  from: string;
  to: string;
  mode: ModeChoice;
  service: string;
  via: string[];
  avoid: string[];
  close: string[];
  depart: string;
  teu: number;
  option: number;
  corridor: string[];
  card: { kind: CardKind; id: string } | null;
  map: Camera | null;
  planned: boolean;
  /** Planned lines that open by this year exist; 0 is the network of today. */
  year: number;
  /** Corridors are compared with figures as of this year; 0 is the newest. */
  vintage: number;
  edits: Edit[];
  /** Whether the reader's own figures count. */
  own: boolean;
  off: LayerName[];
}

export function emptyView(lang: Lang): View {
  return {
    lang, tab: 'route', from: '', to: '', mode: 'any', service: '', via: [], avoid: [], close: [], depart: '', teu: DEFAULT_TEU,
    option: 0, corridor: [], card: null, map: null, planned: false, year: 0, vintage: 0, edits: [], own: false, off: [],
  };
}

export function parseView(search: string, fallback: Lang): View {
  const query = new URLSearchParams(search);
  const text = (key: string) => query.get(key)?.trim() ?? '';
  const list = (key: string) => text(key).split(',').map((each) => each.trim()).filter(Boolean);
  const lang = text('lang');
  const tab = text('tab') as Tab;
  const mode = text('mode') as ModeChoice;
  const teu = Number(text('teu'));
  const option = Number(text('option'));
  const year = Number(text('year'));
  const vintage = Number(text('vintage'));
  return {
    ...emptyView(isLang(lang) ? lang : fallback),
    tab: TABS.includes(tab) ? tab : 'route',
    from: text('from'),
    to: text('to'),
    mode: MODE_CHOICES.includes(mode) ? mode : 'any',
    service: text('service'),
    via: list('via'),
    avoid: list('avoid'),
    close: list('close'),
    depart: text('depart'),
    teu: Number.isFinite(teu) && teu > 0 ? teu : DEFAULT_TEU,
    option: Number.isInteger(option) && option > 0 ? option : 0,
    corridor: list('corridor'),
    card: parseCard(text('card')),
    map: parseCamera(text('map')),
    planned: text('planned') === '1',
    year: year >= FIRST_YEAR && year <= LAST_YEAR ? year : 0,
    vintage: Number.isInteger(vintage) && vintage >= 1990 && vintage <= 2100 ? vintage : 0,
    edits: list('edits').map(parseEdit).filter((edit) => edit !== null),
    own: text('own') === '1',
    off: list('off').filter((name): name is LayerName => LAYERS.includes(name as LayerName)),
  };
}

export function writeView(view: View): string {
  const pairs: [string, string][] = [['lang', view.lang]];
  const add = (key: string, value: string | readonly string[]) => {
    const written = typeof value === 'string' ? value : value.join(',');
    if (written) pairs.push([key, written]);
  };
  add('tab', view.tab === 'route' ? '' : view.tab);
  add('from', view.from);
  add('to', view.to);
  add('mode', view.mode === 'any' && !view.from ? '' : view.mode);
  add('service', view.service);
  add('via', view.via);
  add('avoid', view.avoid);
  add('close', view.close);
  add('depart', view.depart);
  add('teu', view.teu === DEFAULT_TEU ? '' : String(view.teu));
  add('option', view.option ? String(view.option) : '');
  add('corridor', view.corridor);
  add('card', view.card ? `${view.card.kind}:${view.card.id}` : '');
  add('map', view.map ? writeCamera(view.map) : '');
  add('planned', view.planned ? '1' : '');
  add('year', view.year ? String(view.year) : '');
  add('vintage', view.vintage ? String(view.vintage) : '');
  add('edits', view.edits.map(writeEdit));
  add('own', view.own ? '1' : '');
  add('off', view.off);
  return `?${pairs.map(([key, value]) => `${key}=${readable(value)}`).join('&')}`;
}

/** Percent-encode only what would break the address. */
function readable(value: string): string {
  return encodeURIComponent(value).replace(/%(2C|3A|2F|3B|3D)/g, (code) => decodeURIComponent(code));
}

function parseCard(text: string): View['card'] {
  const match = /^(place|crossing|leg):(.+)$/.exec(text);
  return match ? { kind: match[1] as CardKind, id: match[2]! } : null;
}

function parseCamera(text: string): Camera | null {
  const parts = text.split('/').map(Number);
  const [zoom, lat, lon] = parts;
  if (parts.length !== 3 || zoom === undefined || lat === undefined || lon === undefined) return null;
  if (!parts.every(Number.isFinite) || zoom < 0 || zoom > 22 || Math.abs(lat) > 86 || Math.abs(lon) > 180) return null;
  return { zoom, lat, lon };
}

function writeCamera({ zoom, lat, lon }: Camera): string {
  return `${Number(zoom.toFixed(2))}/${Number(lat.toFixed(3))}/${Number(lon.toFixed(3))}`;
}

/** The route that the view asks for, or null while one end is missing. */
export function routeKey(view: View): string | null {
  if (!view.from || !view.to) return null;
  const { from, to, mode, service, via, avoid, close, depart, teu, planned, year, edits, own } = view;
  return JSON.stringify({ from, to, mode, service, via, avoid, close, depart, teu, planned, year, edits, own });
}

const isComparison = ({ corridor }: View): boolean => corridor.length >= 2 && corridor.length <= 4;
const quote = (word: string): string => (/^[\w.:@%+,/-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/** The same question for a terminal; empty where no command answers it (the list of crossings). */
export function commandLine(view: View): string {
  if (view.tab === 'route') return routeCommand(view);
  if (view.tab === 'monitoring') return `daliz scorecard --lang ${view.lang}`;
  if (view.tab === 'corridors') return isComparison(view) ? `daliz compare ${view.corridor.map(quote).join(' ')}${view.vintage ? ` --vintage ${view.vintage}` : ''} --lang ${view.lang}` : `daliz corridors --lang ${view.lang}`;
  return view.card?.kind === 'place' ? `daliz place ${quote(view.card.id)} --lang ${view.lang}` : '';
}

function routeCommand(view: View): string {
  const words = ['daliz', 'route', quote(view.from), quote(view.to), '--mode', view.mode];
  const flag = (name: string, value: string) => { if (value) words.push(`--${name}`, quote(value)); };
  flag('service', view.service);
  for (const place of view.via) flag('via', place);
  for (const place of view.avoid) flag('avoid', place);
  for (const place of view.close) flag('close', place);
  flag('depart', view.depart);
  if (view.teu !== DEFAULT_TEU) flag('teu', String(view.teu));
  if (view.planned) words.push('--planned');
  if (view.year) words.push('--by-year', String(view.year));
  if (view.own) words.push('--own');
  if (view.edits.length) words.push('--scenario', 'scenario.csv');
  flag('lang', view.lang);
  return words.join(' ');
}

/** The same question for Python. */
export function pythonLines(view: View): string {
  if (view.tab === 'route') return routePython(view);
  const start = ['from daliz.config import Settings', 'from daliz.store import Store'];
  if (view.tab === 'monitoring') return [
    'from datetime import date', '', start[0], 'from daliz.scorecard import scorecard_of', '', `print(scorecard_of(Settings().store, date.today(), None, walk=True).as_dict("${view.lang}"))`,
  ].join('\n');
  const imports = view.tab === 'corridors' && isComparison(view) ? ['from daliz.explain import compare', 'from daliz.model.frozen import Cargo'] : view.tab === 'corridors' ? ['from daliz.views import corridor_list'] : [];
  const asked = view.tab === 'crossings' ? 'atlas.frames["crossings"]'
    : isComparison(view) ? `compare(atlas, ${JSON.stringify(view.corridor)}, Cargo(${view.vintage ? `vintage=${view.vintage}` : ''}), 0).as_dict("${view.lang}")`
    : `corridor_list(atlas, "${view.lang}")`;
  return [start[0], ...imports, 'from daliz.routing import Atlas', start[1], '', 'atlas = Atlas(Store(Settings().store))', `print(${asked})`].join('\n');
}

function routePython(view: View): string {
  const tuple = (words: readonly string[]) => `(${words.map((word) => JSON.stringify(word)).join(', ')}${words.length === 1 ? ',' : ''})`;
  const cargo = [`mode="${view.mode}"`, `teu=${view.teu}`];
  if (view.service) cargo.push(`service=${JSON.stringify(view.service)}`);
  if (view.planned) cargo.push('planned=True');
  if (view.year) cargo.push(`by_year=${view.year}`);
  const asked = [JSON.stringify(view.from), JSON.stringify(view.to)];
  for (const name of ['via', 'avoid', 'close'] as const) if (view[name].length) asked.push(`${name}=${tuple(view[name])}`);
  if (view.depart) asked.push(`depart=${JSON.stringify(view.depart)}`);
  asked.push(`cargo=Cargo(${cargo.join(', ')})`, `lang="${view.lang}"`);
  const rows = view.edits.length ? [
    'from daliz import scenario', '', 'edits = scenario.checked([', ...editRows(view.edits).map((row) => `    ${JSON.stringify(row)},`), '])',
  ] : [''];
  return [
    'from daliz.config import Settings', 'from daliz.model.frozen import Cargo', 'from daliz.routing import Atlas, Request, route', 'from daliz.store import Store',
    ...rows, 'atlas = Atlas(Store(Settings().store))', ...(view.edits.length ? ['atlas = scenario.under(atlas, edits)'] : []),
    `answer = route(atlas, Request(${asked.join(', ')}))`, 'print(answer)',
  ].join('\n');
}
