/** The view as live state, in step with the address bar and the back button. */
import { sameEdit, type Edit } from './scenario';
import { emptyView, parseView, writeView, type View } from './state';
import { isLang, sentence, wordFor, type Lang, type Values, type WordKey } from './words';

const LANG_KEY = 'daliz.lang';

/** Kazakh unless the reader once chose otherwise. */
function preferredLang(): Lang {
  try {
    const kept = localStorage.getItem(LANG_KEY);
    return isLang(kept) ? kept : 'kk';
  } catch {
    return 'kk';
  }
}

export const view: View = $state(parseView(location.search, preferredLang()));

/** What the form holds before it is sent; the address only holds what was asked. */
export const draft = $state(draftOf(view));

function draftOf({ from, to, mode, service, via, avoid, close, depart, teu }: View) {
  return { from, to, mode, service, via: [...via], avoid: [...avoid], close: [...close], depart, teu };
}

/**
 * Change the view. `push` leaves a step for the back button; `replace` is for what happens by itself or
 * continuously, such as the map's camera.
 */
export function go(patch: Partial<View>, how: 'push' | 'replace' = 'push'): void {
  Object.assign(view, patch);
  if (patch.lang) {
    try { localStorage.setItem(LANG_KEY, patch.lang); } catch { /* private mode: the address still carries it */ }
  }
  const target = location.pathname + writeView(view) + location.hash;
  if (how === 'push' && target !== location.pathname + location.search + location.hash) history.pushState(null, '', target);
  else history.replaceState(null, '', target);
}

/** Send the form. */
export function askRoute(): void {
  go({ ...$state.snapshot(draft), option: 0, tab: 'route' });
}

/** Forget the route, keep language and map. */
export function clearRoute(): void {
  const { from, to, mode, service, via, avoid, close, depart, teu } = emptyView(view.lang);
  go({ from, to, mode, service, via, avoid, close, depart, teu, option: 0 });
  syncDraft();
}

export function syncDraft(): void {
  Object.assign(draft, draftOf(view));
}

/** Edits of the network are steps of the history, so that the back button is undo; these two say so in words. */
export function addEdit(edit: Edit): void {
  if (!view.edits.some((each) => sameEdit(each, edit))) go({ edits: [...$state.snapshot(view.edits), edit], option: 0, tab: 'route' });
}
export function dropEdit(edit: Edit): void {
  go({ edits: $state.snapshot(view.edits).filter((each) => !sameEdit(each, edit)), option: 0 });
}

/** Told when the back button moved the camera, which the map itself has to follow. */
export const onReturn = new Set<() => void>();

window.addEventListener('popstate', () => {
  Object.assign(view, parseView(location.search, preferredLang()));
  syncDraft();
  for (const listener of onReturn) listener();
});

/** A sentence in the reader's language; reactive wherever it is used in a template. */
export const t = (key: WordKey, values?: Values): string => sentence(view.lang, key, values);
/** The word for a value of a closed list. */
export const word = (prefix: string, value: string | null | undefined): string =>
  value ? wordFor(view.lang, prefix, value) : '';
