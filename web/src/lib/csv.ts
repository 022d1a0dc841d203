/** Comma-separated rows, RFC 4180; what is not there is an empty cell. */
export type Cell = string | number | null | undefined;

function cell(value: Cell): string {
  const text = value === null || value === undefined ? '' : String(value);
  return /[",\n;]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The first row is the heading; shorter rows are filled up to its width. */
export function csv(rows: readonly (readonly Cell[])[]): string {
  const width = rows[0]?.length ?? 0;
  return rows.map((row) => Array.from({ length: width }, (_, at) => cell(row[at])).join(',')).join('\n') + '\n';
}
