/** Sorting a table by one of its columns; missing values come last, whichever way it is sorted. */
import type { Lang } from '../words';
import { compareWords } from './collate';

export interface Sort<Column extends string> { column: Column; descending: boolean }

export type Cell = string | number | boolean | null | undefined;

export function sorted<Row, Column extends string>(rows: readonly Row[], sort: Sort<Column>, cell: (row: Row, column: Column) => Cell, lang: Lang): Row[] {
  const sign = sort.descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const left = cell(a, sort.column) ?? null;
    const right = cell(b, sort.column) ?? null;
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    if (typeof left === 'string' || typeof right === 'string') return sign * compareWords(String(left), String(right), lang);
    return sign * (Number(left) - Number(right));
  });
}

/** The next state when a heading is pressed. */
export function turned<Column extends string>(sort: Sort<Column>, column: Column): Sort<Column> {
  return sort.column === column ? { column, descending: !sort.descending } : { column, descending: false };
}
