/**
 * Durations, money, distances and dates as each language writes them.
 *
 * Chromium carries no Kazakh locale data (months come out as "M11", in the wrong order), so nothing here
 * asks Intl for a locale: units, months and the order of a date are words of the catalogues.
 */
import { sentence, type Lang, type WordKey } from '../words';
import { number } from './number';

const NBSP = '\u00a0';

type Unit = 'day' | 'hour' | 'minute' | 'km' | 'kg' | 'tonne';
const unit = (name: Unit, lang: Lang): string => NBSP + sentence(lang, `web.unit.${name}`);

/** One digit after the comma for small values, none for large ones. */
function short(value: number, lang: Lang): string {
  return number(value, lang, Math.abs(value) < 10 && Math.round(value * 10) % 10 !== 0 ? 1 : 0);
}

/** Minutes below an hour, hours below two days, days and hours beyond. */
export function duration(hours: number, lang: Lang): string {
  if (hours === 0) return `0${unit('hour', lang)}`;
  if (hours < 0.95) return number(Math.max(1, Math.round(hours * 60)), lang) + unit('minute', lang);
  if (hours < 48) return short(hours, lang) + unit('hour', lang);
  const whole = Math.round(hours);
  const rest = whole % 24;
  return number(Math.floor(whole / 24), lang) + unit('day', lang) + (rest ? ` ${rest}${unit('hour', lang)}` : '');
}

/** A range in one unit, so that its two ends can be compared at a glance. */
export function durationRange(low: number, high: number, lang: Lang): string {
  const inDays = high >= 48;
  const divisor = inDays ? 24 : 1;
  const digits = inDays || high < 10 ? 1 : 0;
  return `${number(low / divisor, lang, digits)}–${number(high / divisor, lang, digits)}${unit(inDays ? 'day' : 'hour', lang)}`;
}

export function money(usd: number, lang: Lang): string {
  const amount = number(usd, lang, Math.abs(usd) > 0 && Math.abs(usd) < 10 ? 2 : 0);
  return lang === 'en' ? `$${amount}` : `${amount}${NBSP}$`;
}

export function distance(km: number, lang: Lang): string {
  return (km < 10 ? short(km, lang) : number(km, lang)) + unit('km', lang);
}

export function mass(kg: number, lang: Lang): string {
  return kg >= 1000 ? number(kg / 1000, lang, kg < 10_000 ? 2 : 1) + unit('tonne', lang) : number(kg, lang) + unit('kg', lang);
}

export function percent(share: number, lang: Lang): string {
  const value = share * 100;
  const digits = value > 0 && value < 1 ? 1 : 0;
  return number(value, lang, digits) + (lang === 'en' ? '%' : `${NBSP}%`);
}

/** A difference with its sign; a dash for one too small to be told. */
export const signed = (value: number, say: (size: number) => string): string =>
  (Math.abs(value) < 0.05 ? '–' : `${value > 0 ? '+' : '−'}${say(Math.abs(value))}`);

/** A sentence of the server begins with a capital letter, as those of the page do. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** A day given as YYYY-MM-DD (anything after it is ignored); other text comes back as it is. */
export function date(iso: string, lang: Lang): string {
  const match = /^(\d{4})-(\d{2})-(\d{2})/.exec(iso);
  const [, year = '', month = '', day = ''] = match ?? [];
  if (!match || Number(month) < 1 || Number(month) > 12) return iso;
  const values = { year, day: String(Number(day)), month: sentence(lang, `web.month.${Number(month)}` as WordKey) };
  return sentence(lang, 'web.date', values).replaceAll(' ', NBSP);
}
