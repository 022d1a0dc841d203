/** Alphabetical order. Chromium cannot sort Kazakh (Ә lands after Я), so its alphabet is written down. */
import type { Lang } from '../words';

const KK_ALPHABET = 'аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя';
const KK_ORDER = new Map([...KK_ALPHABET].map((letter, index) => [letter, index]));

function compareKazakh(a: string, b: string): number {
  const left = [...a.toLowerCase()];
  const right = [...b.toLowerCase()];
  for (let i = 0; i < Math.min(left.length, right.length); i += 1) {
    const difference = rank(left[i]!) - rank(right[i]!);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** Letters of other scripts follow the Kazakh alphabet; spaces and dashes come before any letter. */
function rank(letter: string): number {
  const place = KK_ORDER.get(letter);
  if (place !== undefined) return place;
  return /[\p{L}\p{N}]/u.test(letter) ? 100 + letter.codePointAt(0)! : -1;
}

const russian = new Intl.Collator('ru');
const english = new Intl.Collator('en');

export function compareWords(a: string, b: string, lang: Lang): number {
  if (lang === 'kk') return compareKazakh(a, b);
  return (lang === 'ru' ? russian : english).compare(a, b);
}
