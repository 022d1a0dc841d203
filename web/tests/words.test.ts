import { describe, expect, it } from 'vitest';
import en from '../words/en.json';
import kk from '../words/kk.json';
import ru from '../words/ru.json';
import { sentence, wordFor, type Sentence } from '../src/words';

const catalogues: Record<string, Record<string, Sentence>> = { kk, ru, en };
const forms = (entry: Sentence): string[] => (typeof entry === 'string' ? [entry] : Object.values(entry));
const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

describe('the three catalogues', () => {
  it.each(['kk', 'ru'])('%s has the keys of English and no others', (lang) => {
    expect(Object.keys(catalogues[lang]!).sort()).toEqual(Object.keys(en).sort());
  });

  it('every form of a sentence has the same placeholders in every language', () => {
    for (const [key, english] of Object.entries(en as Record<string, Sentence>)) {
      const wanted = placeholders(forms(english)[0]!);
      for (const catalogue of Object.values(catalogues)) {
        for (const form of forms(catalogue[key]!)) expect(placeholders(form), `${key}: ${form}`).toEqual(wanted);
      }
    }
  });

  it('a counted sentence has the plural forms its language needs', () => {
    const needed: Record<string, string[]> = { kk: ['one', 'other'], ru: ['few', 'many', 'one', 'other'], en: ['one', 'other'] };
    for (const [lang, catalogue] of Object.entries(catalogues)) {
      for (const [key, entry] of Object.entries(catalogue)) {
        if (typeof entry !== 'string') expect(Object.keys(entry).sort(), `${lang} ${key}`).toEqual(needed[lang]);
      }
    }
  });

  it('no sentence is empty and no key leaves the web namespace', () => {
    for (const catalogue of Object.values(catalogues)) {
      for (const [key, entry] of Object.entries(catalogue)) {
        expect(key.startsWith('web.')).toBe(true);
        for (const form of forms(entry)) expect(form.trim(), key).not.toBe('');
      }
    }
  });

  it('no Kazakh sentence is a copy of the Russian one where a Kazakh word exists', () => {
    // Words that are truly the same in both languages.
    const same = /^web\.(lang|unit|brand|kind\.(port|terminal)|party\.police|figure\.range|map\.(region|scale)|service\.ro_ro|family\.traceca|day\.We|day\.Sa|result\.title|example|status$)/;
    const copies = Object.keys(kk).filter((key) => !same.test(key) && JSON.stringify(catalogues.kk![key]) === JSON.stringify(catalogues.ru![key]));
    expect(copies).toEqual([]);
  });
});

describe('a sentence', () => {
  it('chooses Russian plural forms', () => {
    expect([1, 2, 5, 11, 21, 22, 112].map((count) => sentence('ru', 'web.result.borders', { count }))).toEqual([
      '1 граница', '2 границы', '5 границ', '11 границ', '21 граница', '22 границы', '112 границ',
    ]);
  });
  it('shows a value of a closed list that it does not know as the value itself', () => {
    expect(wordFor('kk', 'web.kind', 'port')).toBe('Порт');
    expect(wordFor('kk', 'web.kind', 'space_port')).toBe('space port');
  });
});
