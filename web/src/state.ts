/**
 * What the reader sees, as an address that can be read aloud, kept and sent.
 *
 * Pure: text in, view out, and back. Only what differs from the start is written; commas, colons and
 * slashes stay as they are, because nobody can read %2C.
 */
import { isLang, type Lang } from './words';

export type Tab = 'route' | 'corridors' | 'crossings' | 'monitoring';
export type CardKind = 'place' | 'crossing' | 'leg';
export type ModeChoice = 'any' | 'rail' | 'road' | 'sea';
export const TABS: readonly Tab[] = ['route', 'corridors', 'crossings', 'monitoring'];
export const MODE_CHOICES: readonly ModeChoice[] = ['any', 'rail', 'road', 'sea'];
/** Layers the legend can switch off. */
export const LAYERS = ['rail', 'road', 'sea', 'corridors', 'crossings', 'places'] as const;
export type LayerName = (typeof LAYERS)[number];

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
  off: LayerName[];
}

export function emptyView(lang: Lang): View {
  return {
    lang, tab: 'route', from: '', to: '', mode: 'any', service: '', via: [], avoid: [], close: [], depart: '', teu: DEFAULT_TEU,
    option: 0, corridor: [], card: null, map: null, planned: false, off: [],
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
  add('off', view.off);
  return `?${pairs.map(([key, value]) => `${key}=${readable(value)}`).join('&')}`;
}

/** Percent-encode only what would break the address. */
function readable(value: string): string {
  return encodeURIComponent(value).replace(/%(2C|3A|2F)/g, (code) => decodeURIComponent(code));
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
  const { from, to, mode, service, via, avoid, close, depart, teu, planned } = view;
  return JSON.stringify({ from, to, mode, service, via, avoid, close, depart, teu, planned });
}

/** The same question for a terminal. */
export function commandLine(view: View): string {
  const quote = (word: string) => (/^[\w.:@%+,/-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
  const words = ['daliz', 'route', quote(view.from), quote(view.to), '--mode', view.mode];
  const flag = (name: string, value: string) => { if (value) words.push(`--${name}`, quote(value)); };
  flag('service', view.service);
  for (const place of view.via) flag('via', place);
  for (const place of view.avoid) flag('avoid', place);
  for (const place of view.close) flag('close', place);
  flag('depart', view.depart);
  if (view.teu !== DEFAULT_TEU) flag('teu', String(view.teu));
  if (view.planned) words.push('--planned');
  flag('lang', view.lang);
  return words.join(' ');
}
