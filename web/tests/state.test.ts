import { describe, expect, it } from 'vitest';
import { commandLine, emptyView, parseView, routeKey, writeView } from '../src/state';

describe('the address', () => {
  const link = '?lang=kk&from=kz-altynkol&to=ge-poti-port&mode=any&via=kz-aktau-port,az-alat-port&close=cnkz-khorgos-road&depart=2026-12-01T08:00&option=2&corridor=titr,north&card=crossing:cnkz-khorgos-rail&map=5.2/44.1/63.7&planned=1&off=road';

  it('is read and written back without loss', () => {
    expect(writeView(parseView(link, 'en'))).toBe(link);
  });
  it('stays readable: no percent signs for commas, colons and slashes', () => {
    expect(writeView(parseView(link, 'en'))).not.toContain('%');
  });
  it('keeps free words, spaces and ampersands', () => {
    const view = { ...emptyView('ru'), from: 'Порт Актау & К', to: 'Поти' };
    expect(parseView(writeView(view), 'en').from).toBe('Порт Актау & К');
  });
  it('leaves out what nobody chose', () => {
    expect(writeView(emptyView('kk'))).toBe('?lang=kk');
  });
  it('survives nonsense', () => {
    const view = parseView('?lang=xx&mode=plane&option=-3&map=a/b/c&card=ship:1&teu=-2&off=everything', 'kk');
    expect(view).toEqual(emptyView('kk'));
  });
  it('accepts the long form with empty fields', () => {
    expect(parseView('?lang=kk&from=a&to=b&via=&avoid=&close=&depart=&option=0&corridor=&planned=0', 'en')).toEqual({ ...emptyView('kk'), from: 'a', to: 'b' });
  });
});

describe('a route', () => {
  it('is asked only when both ends are known', () => {
    expect(routeKey({ ...emptyView('kk'), from: 'a' })).toBeNull();
    expect(routeKey({ ...emptyView('kk'), from: 'a', to: 'b' })).not.toBeNull();
  });
  it('does not change with the option that is looked at', () => {
    const view = { ...emptyView('kk'), from: 'a', to: 'b' };
    expect(routeKey({ ...view, option: 2 })).toBe(routeKey(view));
  });
  it('can be repeated in a terminal', () => {
    const view = { ...emptyView('kk'), from: 'kz-altynkol', to: "Поти 'порты'", via: ['kz-aktau-port'], close: ['cnkz-khorgos-road'], teu: 4, planned: true };
    expect(commandLine(view)).toBe("daliz route kz-altynkol 'Поти '\\''порты'\\''' --mode any --via kz-aktau-port --close cnkz-khorgos-road --teu 4 --planned --lang kk");
  });
});
