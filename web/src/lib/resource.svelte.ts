/** Something loaded from the server: its value, its error, and whether it is on its way. */
import { untrack } from 'svelte';
import { ApiError } from '../api';

export interface Resource<T> {
  readonly value: T | null;
  readonly error: ApiError | null;
  readonly loading: boolean;
  retry(): void;
}

/**
 * Load again whenever `key` changes; a null key empties it. The last value stays visible while a new one of
 * the same kind loads (a change of language should not blank the page) unless `blank` is set.
 */
export function resource<K, T>(key: () => K | null, load: (key: K, signal: AbortSignal) => Promise<T>, blank = false): Resource<T> {
  let value = $state.raw<T | null>(null);
  let error = $state.raw<ApiError | null>(null);
  let loading = $state(false);
  let attempt = $state(0);

  $effect(() => {
    const current = key();
    void attempt;
    error = null;
    if (current === null) { value = null; loading = false; return; }
    if (blank) value = null;
    loading = true;
    const control = new AbortController();
    // Only the key decides when to load; what the loader reads besides must not.
    untrack(() => load(current, control.signal)).then(
      (loaded) => { if (!control.signal.aborted) { value = loaded; loading = false; } },
      (cause: unknown) => {
        if (control.signal.aborted) return;
        if (!(cause instanceof ApiError)) throw cause;
        error = cause;
        value = null;
        loading = false;
      },
    );
    return () => control.abort();
  });

  return {
    get value() { return value; },
    get error() { return error; },
    get loading() { return loading; },
    retry() { attempt += 1; },
  };
}
