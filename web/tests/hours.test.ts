import { describe, expect, it } from 'vitest';
import { clockAt, isOpen } from '../src/lib/hours';

// A Monday.
const at = (utc: string) => new Date(`2026-11-23T${utc}:00Z`);

describe('opening hours', () => {
  it('are read by the local clock, not by ours', () => {
    // 04:30 UTC is 09:30 at Khorgos on the Kazakh side and 12:30 by the Beijing clock of the other side.
    expect(isOpen('Mo-Fr 09:00-18:00', 'Asia/Almaty', at('04:30'))).toBe(true);
    expect(isOpen('Mo-Fr 09:00-12:00', 'Asia/Shanghai', at('04:30'))).toBe(false);
    expect(clockAt(at('04:30'), 'Asia/Almaty')?.text).toBe('09:30');
  });
  it('know the end as closed and the beginning as open', () => {
    expect(isOpen('09:00-18:00', 'Etc/UTC', at('09:00'))).toBe(true);
    expect(isOpen('09:00-18:00', 'Etc/UTC', at('18:00'))).toBe(false);
  });
  it('understand several rules, pauses, wrapped weeks and nights', () => {
    expect(isOpen('Tu-Fr 09:00-18:00; Sa 10:00-14:00', 'Etc/UTC', at('10:00'))).toBe(false);
    expect(isOpen('Mo 09:00-12:00, 14:00-18:00', 'Etc/UTC', at('13:00'))).toBe(false);
    expect(isOpen('Mo 09:00-12:00,14:00-18:00', 'Etc/UTC', at('15:00'))).toBe(true);
    expect(isOpen('Sa-Th 08:00-16:00', 'Etc/UTC', at('09:00'))).toBe(true);
    expect(isOpen('Su 20:00-06:00', 'Etc/UTC', at('05:00'))).toBe(true);
    expect(isOpen('Mo 20:00-06:00', 'Etc/UTC', at('05:00'))).toBe(false);
    expect(isOpen('24/7', undefined, at('05:00'))).toBe(true);
  });
  it('say that they do not know rather than guess', () => {
    expect(isOpen('by arrangement', 'Etc/UTC', at('10:00'))).toBeNull();
    expect(isOpen('', 'Etc/UTC', at('10:00'))).toBeNull();
    expect(isOpen('09:00-18:00', 'Nowhere/Land', at('10:00'))).toBeNull();
  });
});
