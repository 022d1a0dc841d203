/**
 * Opening hours of a post, read by the clock that hangs on its wall.
 *
 * Text like "24/7" or "Mo-Fr 09:00-18:00; Sa 10:00-14:00". What cannot be read gives null, and the page then
 * says that it does not know: a guess about a closed border would be worse than none.
 */
const DAYS = ['Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa', 'Su'] as const;
const DAY_NUMBER = new Map<string, number>(DAYS.map((day, index) => [day.toLowerCase(), index]));
const DAY_OF_INTL: Record<string, number> = { Mon: 0, Tue: 1, Wed: 2, Thu: 3, Fri: 4, Sat: 5, Sun: 6 };

export interface LocalClock {
  /** 0 is Monday. */
  readonly weekday: number;
  readonly minutes: number;
  /** "14:05" */
  readonly text: string;
}

/** The clock of a zone at an instant, or null when the browser does not know the zone. */
export function clockAt(instant: Date, timezone: string): LocalClock | null {
  try {
    const parts = new Intl.DateTimeFormat('en-GB', {
      timeZone: timezone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23',
    }).formatToParts(instant);
    const part = (type: string) => parts.find((each) => each.type === type)?.value ?? '';
    const weekday = DAY_OF_INTL[part('weekday')];
    if (weekday === undefined) return null;
    return { weekday, minutes: Number(part('hour')) * 60 + Number(part('minute')), text: `${part('hour')}:${part('minute')}` };
  } catch {
    return null;
  }
}

interface Rule { readonly days: ReadonlySet<number>; readonly from: number; readonly until: number }

/** Is the post open? null: the text or the zone could not be read. */
export function isOpen(text: string | null | undefined, timezone: string | null | undefined, instant: Date): boolean | null {
  if (!text) return null;
  if (text.trim() === '24/7') return true;
  if (!timezone) return null;
  const rules = parse(text);
  const clock = clockAt(instant, timezone);
  if (!rules || !clock) return null;
  const yesterday = (clock.weekday + 6) % 7;
  return rules.some(({ days, from, until }) => {
    if (until > from) return days.has(clock.weekday) && clock.minutes >= from && clock.minutes < until;
    // A shift past midnight belongs to the day on which it began.
    return (days.has(clock.weekday) && clock.minutes >= from) || (days.has(yesterday) && clock.minutes < until);
  });
}

function parse(text: string): Rule[] | null {
  const rules: Rule[] = [];
  for (const part of text.split(';').map((each) => each.trim()).filter(Boolean)) {
    const closed = /^(.*?)\s*(off|closed)$/i.test(part);
    if (closed) continue;
    const match = /^(?:([A-Za-z,\s-]+?)\s+)?((?:\d{1,2}:\d{2}\s*-\s*\d{1,2}:\d{2})(?:\s*,\s*\d{1,2}:\d{2}\s*-\s*\d{1,2}:\d{2})*)$/.exec(part);
    if (!match) return null;
    const days = parseDays(match[1]);
    if (!days) return null;
    for (const span of match[2]!.split(',')) {
      const [from, until] = span.split('-').map(minutesOf);
      if (from === undefined || until === undefined) return null;
      rules.push({ days, from, until });
    }
  }
  return rules.length ? rules : null;
}

function minutesOf(text: string): number {
  const [hour = '0', minute = '0'] = text.trim().split(':');
  return Number(hour) * 60 + Number(minute);
}

function parseDays(text: string | undefined): Set<number> | null {
  if (!text) return new Set([0, 1, 2, 3, 4, 5, 6]);
  const days = new Set<number>();
  for (const part of text.split(',')) {
    const [first, last] = part.trim().toLowerCase().split('-').map((day) => DAY_NUMBER.get(day.trim()));
    if (first === undefined) return null;
    if (!part.includes('-')) { days.add(first); continue; }
    if (last === undefined) return null;
    for (let day = first; ; day = (day + 1) % 7) {
      days.add(day);
      if (day === last) break;
    }
  }
  return days;
}
