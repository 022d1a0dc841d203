/** Plain numbers and plural categories: the two rules the words themselves need. */
import type { Lang } from '../words';

const NBSP = '\u00a0';

export type PluralCategory = 'one' | 'few' | 'many' | 'other';

/** CLDR plural category of a count. */
export function pluralCategory(count: number, lang: Lang): PluralCategory {
  if (lang !== 'ru') return count === 1 ? 'one' : 'other';
  if (!Number.isInteger(count)) return 'other';
  const last = Math.abs(count) % 10;
  const lastTwo = Math.abs(count) % 100;
  if (last === 1 && lastTwo !== 11) return 'one';
  if (last >= 2 && last <= 4 && (lastTwo < 12 || lastTwo > 14)) return 'few';
  return 'many';
}

/** 12 345,6 in Kazakh and Russian, 12,345.6 in English. */
export function number(value: number, lang: Lang, digits = 0): string {
  const [whole = '0', fraction] = Math.abs(value).toFixed(digits).split('.');
  const group = lang === 'en' ? ',' : NBSP;
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, group);
  const isZero = !/[1-9]/.test(whole + (fraction ?? ''));
  const sign = value < 0 && !isZero ? '\u2212' : '';
  return sign + grouped + (fraction ? (lang === 'en' ? '.' : ',') + fraction : '');
}
