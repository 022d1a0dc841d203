/** The view as live state, in step with the address bar and the back button. */
import { sameEdit, writeEdit, type Edit } from './scenario';
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

/**
 * Edits before and after the present ones. The back button walks through all that was looked at; undo takes
 * back an edit and nothing else.
 */
export const steps: { past: Edit[][]; future: Edit[][] } = $state({ past: [], future: [] });

export function setEdits(edits: Edit[]): void {
  steps.past.push($state.snapshot(view.edits));
  steps.future = [];
  go({ edits, option: 0, tab: 'route' });
}
export function addEdit(edit: Edit): void {
  if (!view.edits.some((each) => sameEdit(each, edit))) setEdits([...$state.snapshot(view.edits), edit]);
}
export function dropEdit(edit: Edit): void {
  setEdits($state.snapshot(view.edits).filter((each) => !sameEdit(each, edit)));
}
function step(from: Edit[][], to: Edit[][]): void {
  const edits = from.pop();
  if (!edits) return;
  to.push($state.snapshot(view.edits));
  go({ edits: $state.snapshot(edits), option: 0 });
}
export const undo = (): void => step(steps.past, steps.future);
export const redo = (): void => step(steps.future, steps.past);

/** Told when the back button moved the camera, which the map itself has to follow. */
export const onReturn = new Set<() => void>();

window.addEventListener('popstate', () => {
  const before = view.edits.map(writeEdit).join();
  Object.assign(view, parseView(location.search, preferredLang()));
  // The edits of another moment have steps of their own, which nobody kept.
  if (view.edits.map(writeEdit).join() !== before) Object.assign(steps, { past: [], future: [] });
  syncDraft();
  for (const listener of onReturn) listener();
});

/** A sentence in the reader's language; reactive wherever it is used in a template. */
export const t = (key: WordKey, values?: Values): string => sentence(view.lang, key, values);
/** The word for a value of a closed list. */
export const word = (prefix: string, value: string | null | undefined): string =>
  value ? wordFor(view.lang, prefix, value) : '';
