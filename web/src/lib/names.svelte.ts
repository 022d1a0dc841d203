/**
 * Names by identifier, for links and lines that carry only identifiers.
 *
 * Filled from answers that the page has asked for anyway (places, crossings, states, searches), so that a
 * name never costs a request of its own.
 */
import { SvelteMap } from 'svelte/reactivity';
import { view } from '../view.svelte';
import type { Lang } from '../words';

const kept = new SvelteMap<string, string>();

export function rememberNames(lang: Lang, names: Iterable<[id: string, name: string]>): void {
  for (const [id, name] of names) kept.set(`${lang}/${id}`, name);
}

/** The name in the reader's language; until it is known, or if nothing bears the identifier, the text itself. */
export const nameOf = (id: string): string => kept.get(`${view.lang}/${id}`) ?? id;
