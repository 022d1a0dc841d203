/** The source card: one on the page, opened from any figure. */
import { fetchSources, type About, type Quality, type Sources } from '../api';

/** One value of a card and what it rests on. */
export interface Part {
  value: string;
  /** What the value is, where a card has several. */
  name?: string;
  /** Source keys; one field of the data may hold several, separated by semicolons. */
  keys: string[];
  quality?: Quality | undefined;
  year?: number | null | undefined;
  n?: number | null | undefined;
  basis?: string | null | undefined;
  note?: string | null | undefined;
  /** For a sum: shares of its hours by quality class. */
  shares?: Partial<Record<Quality, number>> | undefined;
}

/** What a card shows: one title, one value or several that stand side by side. */
export interface Figure {
  title: string;
  parts: Part[];
  /** The row of ours behind it, which a reader may say is wrong. */
  about?: About | undefined;
  /** What a reader's own figure would replace. */
  own?: { kind: string; target: string; quantity: string; unit: string } | undefined;
}

export const figure = (title: string, ...parts: (Part | null | false | undefined)[]): Figure =>
  ({ title, parts: parts.filter((part): part is Part => Boolean(part)) });

export const card: { figure: Figure | null; anchor: HTMLElement | null } = $state({ figure: null, anchor: null });
export const known: { sources: Sources | null; failed: boolean } = $state({ sources: null, failed: false });

let asked: Promise<void> | null = null;

/** Citations are asked for once, when the first card opens. */
export function loadSources(): Promise<void> {
  asked ??= fetchSources().then(
    (sources) => { known.sources = sources; known.failed = false; },
    () => { asked = null; known.failed = true; },
  );
  return asked;
}

/** True once any of the keys is past the day on which it was to be looked up again. */
export function isStale(keys: readonly string[], today: string): boolean {
  return keys.some((key) => { const by = known.sources?.[key]?.recheck_by; return Boolean(by && by < today); });
}

/** Citations that came with another answer (a place carries its own). */
export function rememberSources(sources: Sources): void {
  known.sources = { ...sources, ...known.sources };
}

export const splitKeys = (keys: string | null | undefined): string[] =>
  (keys ?? '').split(';').map((key) => key.trim()).filter(Boolean);
