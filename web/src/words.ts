/**
 * Every visible word, in three languages.
 *
 * The one door to the catalogues: when they move to daliz/i18n only the three imports change. The type of
 * `catalogues` makes each language fill every key, as MOTIS does.
 */
import en from '../words/en.json';
import kk from '../words/kk.json';
import ru from '../words/ru.json';
import { number, pluralCategory, type PluralCategory } from './lib/number';

export const LANGS = ['kk', 'ru', 'en'] as const;
export type Lang = (typeof LANGS)[number];
export type WordKey = keyof typeof en;
export type Sentence = string | (Partial<Record<PluralCategory, string>> & { other: string });
export type Values = Record<string, string | number>;

export const catalogues: Record<Lang, Record<WordKey, Sentence>> = { kk, ru, en };

export function isLang(value: string | null | undefined): value is Lang {
  return LANGS.includes(value as Lang);
}

/** The sentence of a key, filled in; `count` chooses the plural form. */
export function sentence(lang: Lang, key: WordKey, values: Values = {}): string {
  const entry = catalogues[lang][key];
  const text = typeof entry === 'string' ? entry : (entry[pluralCategory(Number(values.count ?? 0), lang)] ?? entry.other);
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? number(value, lang) : value;
  });
}

/** The word for a value of a closed list (a status, a kind); a value the page does not know shows as itself. */
export function wordFor(lang: Lang, prefix: string, value: string): string {
  const key = `${prefix}.${value}`;
  return key in catalogues[lang] ? sentence(lang, key as WordKey) : value.replaceAll('_', ' ');
}
