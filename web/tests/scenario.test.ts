import { describe, expect, it } from 'vitest';
import { editRows, editsCsv, parseEdit, writeEdit } from '../src/scenario';
import { commandLine, emptyView, parseView, pythonLines, writeView } from '../src/state';

const LINK = '?lang=kk&from=kz-altynkol&to=ge-poti-port&mode=any&year=2030&vintage=2022&edits=close:kz-aktau-port,draught:kz-aktau-port:change_cm=-50,remove_step:kz-konysbaev:mode=road;direction=out;code=customs_clearance&own=1';

describe('edits', () => {
  it('live in the address, readable and without loss', () => {
    expect(writeView(parseView(LINK, 'en'))).toBe(LINK);
    expect(LINK).not.toContain('%');
  });
  it('become the rows that the server and the command read', () => {
    expect(editRows(parseView(LINK, 'en').edits)).toEqual([
      { edit: 'e1', action: 'close', target: 'kz-aktau-port' },
      { edit: 'e2', action: 'draught', target: 'kz-aktau-port', change_cm: -50 },
      { edit: 'e3', action: 'remove_step', target: 'kz-konysbaev', mode: 'road', direction: 'out', code: 'customs_clearance' },
    ]);
  });
  it('are a file for `daliz scenario apply`', () => {
    expect(editsCsv(parseView(LINK, 'en').edits)).toBe(
      'edit,action,target,change_cm,mode,direction,code\ne1,close,kz-aktau-port,,,,\ne2,draught,kz-aktau-port,-50,,,\ne3,remove_step,kz-konysbaev,,road,out,customs_clearance\n',
    );
  });
  it('keep what is no number as it was written, for the server to name', () => {
    expect(editRows([parseEdit('slow:KZ:factor=abc')!])[0]).toMatchObject({ factor: 'abc' });
  });
  it.each(['explode:kz-aktau', 'close:', 'close', ''])('%s is no edit', (text) => {
    expect(parseEdit(text)).toBeNull();
  });
  it('leave out columns nobody knows, and keep signs of the address out of names', () => {
    expect(writeEdit(parseEdit('slow:KZ:factor=2;colour=red')!)).toBe('slow:KZ:factor=2');
    expect(writeEdit({ action: 'close', target: 'a,b:c', fields: {} })).toBe('close:a b c');
  });
  it('are named in the command and written out in Python', () => {
    const view = parseView(LINK, 'en');
    expect(commandLine(view)).toContain('--scenario scenario.csv');
    expect(commandLine(view)).toContain('--by-year 2030');
    expect(pythonLines(view)).toContain('"change_cm":-50');
    expect(pythonLines(view)).toContain('atlas = scenario.under(atlas, edits)');
    expect(pythonLines(emptyView('kk'))).not.toContain('scenario');
  });
});

describe('the same question elsewhere', () => {
  const command = (query: string) => commandLine(parseView(query, 'en'));
  it('is a command of each tab, and none where no command answers', () => {
    expect(command('?tab=monitoring')).toBe('daliz scorecard --lang en');
    expect(command('?tab=corridors')).toBe('daliz corridors --lang en');
    expect(command('?tab=corridors&corridor=a,b&vintage=2022')).toBe('daliz compare a b --vintage 2022 --lang en');
    expect(command('?tab=crossings&card=place:kz-dostyk')).toBe('daliz place kz-dostyk --lang en');
    expect(command('?tab=crossings')).toBe('');
  });
});
