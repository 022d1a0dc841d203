/** Light or dark: the reader's choice, or that of the device. Kept on the device, not in the address. */
export type Theme = 'light' | 'dark';
export type ThemeChoice = Theme | 'auto';

const KEY = 'daliz.theme';
const dark = matchMedia('(prefers-color-scheme: dark)');

function kept(): ThemeChoice {
  try {
    const value = localStorage.getItem(KEY);
    return value === 'light' || value === 'dark' ? value : 'auto';
  } catch { return 'auto'; }
}

const resolve = (choice: ThemeChoice): Theme => (choice === 'auto' ? (dark.matches ? 'dark' : 'light') : choice);

const first = kept();
export const theme: { choice: ThemeChoice; shown: Theme } = $state({ choice: first, shown: resolve(first) });

export function setTheme(choice: ThemeChoice): void {
  theme.choice = choice;
  try {
    if (choice === 'auto') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, choice);
  } catch { /* private mode: lasts until the page closes */ }
  show();
}

function show(): void {
  theme.shown = resolve(theme.choice);
  document.documentElement.dataset.theme = theme.shown;
}

dark.addEventListener('change', show);
show();
