/**
 * A view on paper, in a table, in a GIS, and as one file that opens anywhere.
 *
 * Pure but for `save` and `pageAsFile`; texts come in already worded.
 */
import type { RouteAnswer, RouteOption, Source } from '../api';
import { csv, type Cell } from './csv';
import { splitKeys } from './sources.svelte';

/** Legs and steps of one option, one row each, with the source and quality class of every figure. */
export function stepsCsv(option: RouteOption): string {
  const rows: Cell[][] = [['leg', 'kind', 'mode', 'service', 'from', 'to', 'place', 'code', 'name', 'distance_km', 'hours', 'cost_usd', 'co2e_kg', 'probability', 'source', 'quality', 'year', 'n']];
  option.legs.forEach((leg, index) => {
    const ends = [leg.mode, leg.service ?? '', leg.from_place, leg.to_place];
    rows.push([index + 1, 'move', ...ends, '', '', '', leg.distance_km, leg.move_h, leg.cost_usd, leg.co2e_kg, '', leg.source, leg.quality]);
    if (leg.wait_h > 0) rows.push([index + 1, 'wait', ...ends, '', '', '', '', leg.wait_h, '', '', '', '', leg.wait_quality]);
    for (const step of leg.steps) rows.push([index + 1, 'step', ...ends, step.place, step.code, step.name, '', step.hours, step.cost_usd, '', step.probability, step.source, step.quality, step.year, step.n]);
  });
  return csv(rows);
}

/** Every option as lines, one feature a leg, RFC 7946. */
export function routeGeoJson(answer: RouteAnswer): string {
  const features = answer.options.flatMap((option, number) =>
    option.legs.flatMap((leg, index) => {
      if (!leg.geometry || leg.geometry.length < 2) return [];
      const { mode, service, from, to, from_place, to_place, distance_km, move_h, wait_h, cost_usd, co2e_kg, source, quality } = leg;
      const steps_h = leg.steps.reduce((sum, step) => sum + step.hours, 0);
      return [{
        type: 'Feature', geometry: { type: 'LineString', coordinates: leg.geometry },
        properties: { option: number + 1, label: option.label, leg: index + 1, mode, service, from, to, from_place, to_place, distance_km, move_h, wait_h, steps_h, cost_usd, co2e_kg, source, quality },
      }];
    }),
  );
  return JSON.stringify({ type: 'FeatureCollection', features });
}

/** Keys of the sources behind the figures that the panel shows. */
export function shownKeys(): string[] {
  const buttons = document.querySelectorAll<HTMLElement>('#tabpanel [data-keys]');
  return [...new Set([...buttons].flatMap((button) => splitKeys(button.dataset.keys)))].sort();
}

export function save(name: string, type: string, text: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

const escape = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** Words, tables and charts of the panel, the map as a picture, and the sources, without a script or an address to load. */
export function pageAsFile(parts: { title: string; lang: string; map: string | null; mapLabel: string; sourcesTitle: string; sources: Record<string, Source | undefined>; address: string; note: string }): string {
  const styles = [...document.styleSheets].map((sheet) => [...sheet.cssRules].filter((rule) => !(rule instanceof CSSFontFaceRule)).map((rule) => rule.cssText).join('\n')).join('\n');
  const body = document.getElementById('tabpanel')?.cloneNode(true) as HTMLElement;
  for (const dead of body.querySelectorAll('button, form, script, input, select, [data-live]')) {
    // The mark of a quality class is the face of a button: keep the face.
    if (dead instanceof HTMLButtonElement && dead.querySelector('svg') && dead.getAttribute('aria-haspopup') === 'dialog') {
      const face = document.createElement('span');
      face.title = dead.getAttribute('aria-label') ?? '';
      face.append(...dead.childNodes);
      dead.replaceWith(face);
    } else if (dead instanceof HTMLButtonElement && dead.closest('th')) dead.replaceWith(...dead.childNodes);
    else dead.remove();
  }
  body.removeAttribute('id');
  body.removeAttribute('tabindex');
  body.removeAttribute('role');
  const listed = Object.entries(parts.sources).map(([key, source]) => `<li><code>${escape(key)}</code> ${source ? escape(source.citation) : ''}${source?.url ? ` <a href="${escape(source.url)}">${escape(source.url)}</a>` : ''}${source?.licence ? ` (${escape(source.licence)})` : ''}</li>`).join('\n');
  return `<!doctype html>
<html lang="${parts.lang}" data-theme="light">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escape(parts.title)}</title>
<style>${styles}
html, body { height: auto; } main { display: block; max-width: 60rem; margin: 0 auto; padding: 1rem; } main > img { width: 100%; border: 1px solid var(--line); border-radius: 8px; margin-bottom: 1rem; }
main > div { overflow: visible; } details > * { display: revert; }</style></head>
<body><main><h1>${escape(parts.title)}</h1>${parts.map ? `<img src="${parts.map}" alt="${escape(parts.mapLabel)}">` : ''}
${body.outerHTML.replace(/<details(?! open)/g, '<details open')}
${listed ? `<section><h2>${escape(parts.sourcesTitle)}</h2><ul>${listed}</ul></section>` : ''}
<p class="soft small">${escape(parts.note)} <code>${escape(parts.address)}</code></p></main></body></html>
`;
}
