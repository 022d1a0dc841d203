/** Signs of the map as small SVG texts: drawn on the map, in the legend and in tables from one place. */
import type { Theme } from '../lib/theme.svelte';
import { palettes } from './palette';

export const CROSSING_STATUSES = ['open', 'limited', 'closed', 'planned'] as const;
export const CROSSING_MODES = ['rail', 'road'] as const;
export const PLACE_SIGNS = ['port', 'dry_port', 'city'] as const;

const svg = (body: string) => `<svg xmlns="http://www.w3.org/2000/svg" width="48" height="48" viewBox="0 0 24 24">${body}</svg>`;

/** Circle for rail, square for road; full for open, half for limited, crossed for closed, dashed for planned. */
export function crossingSign(mode: string, status: string, theme: Theme): string {
  const { good, warn, bad, muted, surface } = palettes[theme];
  const shape = (attributes: string) =>
    mode === 'road' ? `<rect x="4" y="4" width="16" height="16" rx="3" ${attributes}/>` : `<circle cx="12" cy="12" r="8.6" ${attributes}/>`;
  const edge = shape(`fill="none" stroke="${surface}" stroke-width="5"`);
  if (status === 'open') return svg(edge + shape(`fill="${good}"`) + `<path d="M8.2 12.3l2.6 2.7 5-5.6" fill="none" stroke="${surface}" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"/>`);
  if (status === 'limited') {
    const half = mode === 'road' ? `<path d="M7 4a3 3 0 0 0-3 3v10a3 3 0 0 0 3 3h5V4z" fill="${warn}"/>` : `<path d="M12 3.4a8.6 8.6 0 0 0 0 17.2z" fill="${warn}"/>`;
    return svg(edge + shape(`fill="${surface}"`) + half + shape(`fill="none" stroke="${warn}" stroke-width="2"`));
  }
  if (status === 'closed') return svg(edge + shape(`fill="${surface}" stroke="${bad}" stroke-width="2"`) + `<path d="M8.6 8.6l6.8 6.8M15.4 8.6l-6.8 6.8" stroke="${bad}" stroke-width="2.4" stroke-linecap="round"/>`);
  return svg(edge + shape(`fill="${surface}" stroke="${muted}" stroke-width="2" stroke-dasharray="3.2 2.4"`));
}

export function placeSign(kind: string, theme: Theme): string {
  const { port, terminal, station, surface } = palettes[theme];
  if (kind === 'port') {
    return svg(`<circle cx="12" cy="12" r="10" fill="${port}" stroke="${surface}" stroke-width="2"/><path d="M12 7.8v9.4M12 7.6a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3ZM7.2 12.6c0 2.8 2 4.7 4.8 4.7s4.8-1.9 4.8-4.7M9.6 10.2h4.8" transform="translate(0 .6)" fill="none" stroke="${surface}" stroke-width="1.7" stroke-linecap="round"/>`);
  }
  if (kind === 'dry_port' || kind === 'terminal') {
    return svg(`<rect x="5.2" y="5.2" width="13.6" height="13.6" rx="2" transform="rotate(45 12 12)" fill="${terminal}" stroke="${surface}" stroke-width="2"/><path d="M8.8 10h6.4M8.8 12.2h6.4M8.8 14.4h6.4" stroke="${surface}" stroke-width="1.3"/>`);
  }
  return svg(`<circle cx="12" cy="12" r="5" fill="${surface}" stroke="${station}" stroke-width="2.6"/>`);
}

export const crossingImage = (mode: string, status: string) => `crossing-${mode}-${status}`;

/** All pictures the map needs, by name. */
export function signs(theme: Theme): Record<string, string> {
  const all: Record<string, string> = {};
  for (const mode of CROSSING_MODES) for (const status of CROSSING_STATUSES) all[crossingImage(mode, status)] = crossingSign(mode, status, theme);
  for (const kind of PLACE_SIGNS) all[`place-${kind}`] = placeSign(kind, theme);
  return all;
}
