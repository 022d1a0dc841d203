import { describe, expect, it } from 'vitest';
import { compareWords } from '../src/lib/collate';
import { date, distance, duration, durationRange, mass, money, percent } from '../src/lib/format';
import { number } from '../src/lib/number';
import { sorted } from '../src/lib/table';

/** No-break spaces shown as spaces, so that the expectations can be read. */
const plain = (text: string) => text.replaceAll('\u00a0', ' ');

describe('numbers', () => {
  it('have a decimal comma and no-break groups in Kazakh and Russian', () => {
    expect(number(1234567.89, 'kk', 1)).toBe('1\u00a0234\u00a0567,9');
    expect(number(1234567.89, 'ru', 1)).toBe('1\u00a0234\u00a0567,9');
    expect(number(1234567.89, 'en', 1)).toBe('1,234,567.9');
  });
  it('have a true minus and never a minus zero', () => {
    expect(number(-12.5, 'kk', 1)).toBe('\u221212,5');
    expect(number(-0.04, 'kk', 1)).toBe('0,0');
  });
});

describe('figures', () => {
  it('durations change unit as they grow', () => {
    expect([0, 0.25, 2.5, 12, 47.6, 54, 292.4].map((hours) => plain(duration(hours, 'kk')))).toEqual([
      '0 сағ', '15 мин', '2,5 сағ', '12 сағ', '48 сағ', '2 тәул 6 сағ', '12 тәул 4 сағ',
    ]);
  });
  it('ranges keep one unit', () => {
    expect(plain(durationRange(271, 398, 'ru'))).toBe('11,3–16,6 сут');
    expect(plain(durationRange(5, 9, 'en'))).toBe('5.0–9.0 h');
  });
  it('money, distance, mass and shares are written by the language', () => {
    expect(plain(money(3289, 'kk'))).toBe('3 289 $');
    expect(money(3289, 'en')).toBe('$3,289');
    expect(plain(distance(4764, 'ru'))).toBe('4 764 км');
    expect(plain(mass(1302, 'kk'))).toBe('1,30 т');
    expect(plain(percent(0.345, 'kk'))).toBe('35 %');
    expect(percent(0.004, 'en')).toBe('0.4%');
  });
  it('dates keep the order of each language', () => {
    expect(plain(date('2026-11-23', 'kk'))).toBe('2026 ж. 23 қараша');
    expect(plain(date('2026-11-03', 'ru'))).toBe('3 ноября 2026 г.');
    expect(plain(date('2026-11-23T08:00', 'en'))).toBe('23 November 2026');
    expect(date('soon', 'en')).toBe('soon');
  });
});

describe('order', () => {
  it('follows the Kazakh alphabet', () => {
    const words = ['Қорғас', 'Кеген', 'Әулиекөл', 'Алматы', 'Яр', 'Ұзынкөл', 'Узень', 'Іле', 'Баку', 'Ыстықкөл'];
    expect(words.sort((a, b) => compareWords(a, b, 'kk'))).toEqual(['Алматы', 'Әулиекөл', 'Баку', 'Кеген', 'Қорғас', 'Узень', 'Ұзынкөл', 'Ыстықкөл', 'Іле', 'Яр']);
  });
  it('puts missing values last both ways', () => {
    const rows = [{ km: 5 }, { km: null }, { km: 2 }];
    const cell = (row: { km: number | null }) => row.km;
    expect(sorted(rows, { column: 'km', descending: false }, cell, 'kk').map(cell)).toEqual([2, 5, null]);
    expect(sorted(rows, { column: 'km', descending: true }, cell, 'kk').map(cell)).toEqual([5, 2, null]);
  });
});
