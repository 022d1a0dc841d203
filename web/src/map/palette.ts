/** Colours of the map, light and dark. Lines differ in lightness as well as hue, for eyes that mix hues. */
import type { Theme } from '../lib/theme.svelte';

export interface Palette {
  readonly water: string; readonly land: string; readonly border: string; readonly coast: string;
  readonly countryLabel: string; readonly waterLabel: string; readonly label: string; readonly halo: string;
  readonly rail1520: string; readonly rail1435: string; readonly rail1676: string; readonly rail1000: string; readonly railOther: string;
  readonly road: string; readonly sea: string; readonly planned: string; readonly closed: string;
  readonly route: string; readonly routeCase: string; readonly routeOther: string; readonly routeRoad: string; readonly routeSea: string; readonly bandOpacity: number;
  readonly good: string; readonly warn: string; readonly bad: string; readonly muted: string; readonly surface: string;
  readonly port: string; readonly terminal: string; readonly station: string;
}

const light: Palette = {
  water: '#cfe1e8', land: '#f6f6f1', border: '#9aa5a8', coast: '#b3c9d1',
  countryLabel: '#6b777c', waterLabel: '#5584a0', label: '#1d2e35', halo: 'rgba(255,255,255,0.92)',
  rail1520: '#1d5b79', rail1435: '#b5482f', rail1676: '#7a4f9c', rail1000: '#5b7a17', railOther: '#7b878c',
  road: '#b9ad97', sea: '#4d97c2', planned: '#c05a9b', closed: '#a11d33',
  route: '#0b3c49', routeCase: '#ffffff', routeOther: '#5f7079', routeRoad: '#6a5230', routeSea: '#1e6ea7', bandOpacity: 0.3,
  good: '#1f7a45', warn: '#c27803', bad: '#b3203a', muted: '#6f7d83', surface: '#ffffff',
  port: '#1f6fae', terminal: '#8a5a00', station: '#42545c',
};

const dark: Palette = {
  water: '#0b1216', land: '#1b262b', border: '#55656c', coast: '#2b3b43',
  countryLabel: '#84949b', waterLabel: '#5688a6', label: '#e3ecee', halo: 'rgba(13,20,23,0.92)',
  rail1520: '#6fb6d8', rail1435: '#f0866b', rail1676: '#bd9be0', rail1000: '#a9c95b', railOther: '#8b999f',
  road: '#6d6556', sea: '#4b9bcb', planned: '#e08cc2', closed: '#ff93a2',
  route: '#f3f7f7', routeCase: '#0b1216', routeOther: '#8fa1a9', routeRoad: '#e6c896', routeSea: '#8fcdf5', bandOpacity: 0.34,
  good: '#5fc687', warn: '#f0b04a', bad: '#ff7f92', muted: '#93a3aa', surface: '#151e22',
  port: '#6db7ef', terminal: '#e5b45f', station: '#b9c6cb',
};

/** Part of one colour in another. Used instead of opacity where lines lie on each other and would add up. */
export function mixed(colour: string, ground: string, share: number): string {
  const channel = (hex: string, at: number) => parseInt(hex.slice(at, at + 2), 16);
  const part = (at: number) => Math.round(channel(colour, at) * share + channel(ground, at) * (1 - share)).toString(16).padStart(2, '0');
  return `#${part(1)}${part(3)}${part(5)}`;
}

export const palettes: Record<Theme, Palette> = { light, dark };
