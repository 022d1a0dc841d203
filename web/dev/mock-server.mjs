/**
 * A MOCK of the Daliz server, for developing the page only. Never shipped, never used by the product.
 *
 *   npm run mock            serves the API of this mock and the built page on http://127.0.0.1:8124/
 *
 * All names are real places; every figure is invented for the shape of the answer and says so in its source.
 */
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const port = Number(process.env.PORT ?? 8124);
const page = fileURLToPath(new URL('../../daliz/server/page/', import.meta.url));
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.json': 'application/json', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' };

const MOCK = { source: 'mock', quality: 'assumed' };
const P = (place, kind, country, lat, lon, kk, ru, en, modes = 'rail;road') => ({ place, kind, country, lat, lon, names: { kk, ru, en }, modes });
const places = [
  P('kz-altynkol', 'border_post', 'KZ', 44.13, 80.32, 'Алтынкөл', 'Алтынколь', 'Altynkol'), P('cn-khorgos', 'border_post', 'CN', 44.21, 80.42, 'Қорғас', 'Хоргос', 'Khorgos'),
  P('kz-dostyk', 'border_post', 'KZ', 45.25, 82.48, 'Достық', 'Достык', 'Dostyk'), P('cn-alashankou', 'border_post', 'CN', 45.17, 82.57, 'Алашанькоу', 'Алашанькоу', 'Alashankou'),
  P('kz-almaty', 'city', 'KZ', 43.3, 76.95, 'Алматы', 'Алматы', 'Almaty'), P('kz-zhetygen', 'station', 'KZ', 43.68, 77.13, 'Жетіген', 'Жетыген', 'Zhetygen'),
  P('kz-shu', 'station', 'KZ', 43.6, 73.76, 'Шу', 'Шу', 'Shu'), P('kz-zhezkazgan', 'station', 'KZ', 47.8, 67.71, 'Жезқазған', 'Жезказган', 'Zhezkazgan'),
  P('kz-beyneu', 'station', 'KZ', 45.32, 55.2, 'Бейнеу', 'Бейнеу', 'Beyneu'), P('kz-aktau-port', 'port', 'KZ', 43.6, 51.22, 'Ақтау порты', 'Порт Актау', 'Port of Aktau', 'rail;road;sea'),
  P('kz-kuryk-port', 'port', 'KZ', 43.17, 51.65, 'Құрық порты', 'Порт Курык', 'Port of Kuryk', 'rail;road;sea'), P('az-alat-port', 'port', 'AZ', 39.97, 49.43, 'Алят порты', 'Порт Алят', 'Port of Alat', 'rail;road;sea'),
  P('az-boyuk-kesik', 'border_post', 'AZ', 41.35, 45.15, 'Бёюк-Кясик', 'Бёюк-Кясик', 'Boyuk Kesik'), P('ge-gardabani', 'border_post', 'GE', 41.45, 45.1, 'Гардабани', 'Гардабани', 'Gardabani'),
  P('ge-tbilisi', 'city', 'GE', 41.72, 44.8, 'Тбилиси', 'Тбилиси', 'Tbilisi'), P('ge-poti-port', 'port', 'GE', 42.15, 41.65, 'Поти порты', 'Порт Поти', 'Port of Poti', 'rail;road;sea'),
  P('ge-batumi-port', 'port', 'GE', 41.65, 41.65, 'Батуми порты', 'Порт Батуми', 'Port of Batumi', 'rail;road;sea'), P('tm-turkmenbashi-port', 'port', 'TM', 40.0, 53.0, 'Түрікменбашы порты', 'Порт Туркменбаши', 'Port of Turkmenbashi', 'rail;road;sea'),
  P('ir-incheh-borun', 'border_post', 'IR', 37.45, 54.72, 'Инче-Бурун', 'Инче-Бурун', 'Incheh Borun'), P('tm-akyayla', 'border_post', 'TM', 37.5, 54.75, 'Ақжайла', 'Акяйла', 'Akyayla'),
  P('ir-bandar-abbas', 'port', 'IR', 27.15, 56.2, 'Бендер-Аббас', 'Бендер-Аббас', 'Bandar Abbas', 'rail;road;sea'), P('kz-saryagash', 'border_post', 'KZ', 41.46, 69.17, 'Сарыағаш', 'Сарыагаш', 'Saryagash'),
  P('uz-keles', 'border_post', 'UZ', 41.4, 69.2, 'Келес', 'Келес', 'Keles'), P('uz-tashkent', 'city', 'UZ', 41.3, 69.27, 'Ташкент', 'Ташкент', 'Tashkent'),
  P('kz-khorgos-dry-port', 'dry_port', 'KZ', 44.16, 80.26, 'Қорғас – Шығыс қақпасы', 'Хоргос – Восточные ворота', 'Khorgos Gateway'), P('kz-petropavl', 'station', 'KZ', 54.87, 69.14, 'Петропавл', 'Петропавловск', 'Petropavl'),
  P('ru-moscow', 'city', 'RU', 55.75, 37.62, 'Мәскеу', 'Москва', 'Moscow'), P('by-brest', 'border_post', 'BY', 52.1, 23.68, 'Брест', 'Брест', 'Brest'),
  P('pl-malaszewicze', 'terminal', 'PL', 52.03, 23.53, 'Малашевиче', 'Малашевиче', 'Malaszewicze'), P('kg-torugart', 'border_post', 'KG', 40.55, 75.4, 'Торугарт', 'Торугарт', 'Torugart', 'road'),
  P('cn-kashgar', 'station', 'CN', 39.47, 75.99, 'Қашқар', 'Кашгар', 'Kashgar'), P('kg-jalal-abad', 'station', 'KG', 40.93, 73.0, 'Жалалабад', 'Джалал-Абад', 'Jalal-Abad'),
  P('cn-urumqi', 'city', 'CN', 43.83, 87.6, 'Үрімжі', 'Урумчи', 'Urumqi'), P('kz-shalkar', 'station', 'KZ', 47.83, 59.62, 'Шалқар', 'Шалкар', 'Shalkar'),
];
const at = Object.fromEntries(places.map((each) => [each.place, each]));
const L = (from, to, mode, km, gauge = null, status = 'open', via = []) => ({ id: `${from}--${to}--${mode}`, from, to, mode, km, gauge, status, via });
const legs = [
  L('cn-urumqi', 'cn-alashankou', 'rail', 460, 1435), L('cn-urumqi', 'cn-khorgos', 'rail', 650, 1435), L('cn-khorgos', 'kz-altynkol', 'rail', 12, 1520), L('cn-alashankou', 'kz-dostyk', 'rail', 12, 1520),
  L('kz-altynkol', 'kz-zhetygen', 'rail', 293, 1520), L('kz-zhetygen', 'kz-almaty', 'rail', 50, 1520), L('kz-zhetygen', 'kz-shu', 'rail', 300, 1520), L('kz-dostyk', 'kz-shu', 'rail', 960, 1520, 'open', [[79.7, 46.95], [75.0, 46.8]]),
  L('kz-shu', 'kz-zhezkazgan', 'rail', 760, 1520, 'open', [[73.2, 47.6]]), L('kz-zhezkazgan', 'kz-shalkar', 'rail', 640, 1520), L('kz-shalkar', 'kz-beyneu', 'rail', 496, 1520), L('kz-beyneu', 'kz-aktau-port', 'rail', 410, 1520), L('kz-beyneu', 'kz-kuryk-port', 'rail', 400, 1520),
  L('kz-aktau-port', 'az-alat-port', 'sea', 468), L('kz-kuryk-port', 'az-alat-port', 'sea', 430), L('az-alat-port', 'tm-turkmenbashi-port', 'sea', 306), L('az-alat-port', 'az-boyuk-kesik', 'rail', 460, 1520, 'open', [[47.2, 40.3]]),
  L('az-boyuk-kesik', 'ge-gardabani', 'rail', 20, 1520), L('ge-gardabani', 'ge-tbilisi', 'rail', 40, 1520), L('ge-tbilisi', 'ge-poti-port', 'rail', 310, 1520), L('ge-tbilisi', 'ge-batumi-port', 'rail', 340, 1520),
  L('kz-shu', 'kz-saryagash', 'rail', 520, 1520), L('kz-saryagash', 'uz-keles', 'rail', 9, 1520), L('uz-keles', 'uz-tashkent', 'rail', 20, 1520), L('tm-turkmenbashi-port', 'tm-akyayla', 'rail', 500, 1520, 'open', [[55.5, 39.2]]), L('tm-akyayla', 'ir-incheh-borun', 'rail', 7, 1435),
  L('ir-incheh-borun', 'ir-bandar-abbas', 'rail', 1900, 1435, 'open', [[52.9, 36.5], [51.4, 35.6], [55, 31.5]]), L('kz-shalkar', 'ru-moscow', 'rail', 2000, 1520, 'open', [[55.1, 51.7], [50.1, 53.2]]), L('kz-petropavl', 'ru-moscow', 'rail', 2400, 1520, 'open', [[61.4, 55.1], [56, 54.7]]),
  L('ru-moscow', 'by-brest', 'rail', 1090, 1520), L('by-brest', 'pl-malaszewicze', 'rail', 15, 1435), L('kz-almaty', 'kz-petropavl', 'rail', 1700, 1520, 'open', [[73.1, 49.8], [71.4, 51.2]]),
  L('kz-almaty', 'kz-altynkol', 'road', 330), L('kz-almaty', 'kz-saryagash', 'road', 700, null, 'open', [[73.8, 43], [69.6, 42.3]]), L('cn-kashgar', 'kg-torugart', 'road', 165), L('kg-torugart', 'kg-jalal-abad', 'road', 400, null, 'limited'), L('ru-moscow', 'by-brest', 'road', 1050),
  L('cn-kashgar', 'kg-jalal-abad', 'rail', 486, null, 'planned', [[75.4, 40.6], [74, 41.2]]),
];
const line = (leg) => [[at[leg.from].lon, at[leg.from].lat], ...leg.via, [at[leg.to].lon, at[leg.to].lat]];
const X = (id, a, b, mode, status, hours_a, hours_b, gauge_change, kk, ru, en) => ({ id, a, b, mode, status, hours_a, hours_b, gauge_change, names: { kk, ru, en } });
const zones = { KZ: 'Asia/Almaty', CN: 'Asia/Shanghai', AZ: 'Asia/Baku', GE: 'Asia/Tbilisi', TM: 'Asia/Ashgabat', IR: 'Asia/Tehran', UZ: 'Asia/Tashkent', KG: 'Asia/Bishkek', BY: 'Europe/Minsk', PL: 'Europe/Warsaw' };
const crossings = [
  X('cnkz-khorgos-rail', 'kz-altynkol', 'cn-khorgos', 'rail', 'open', '24/7', '24/7', 'post_a', 'Алтынкөл – Қорғас', 'Алтынколь – Хоргос', 'Altynkol – Khorgos'), X('cnkz-dostyk-rail', 'kz-dostyk', 'cn-alashankou', 'rail', 'open', '24/7', '24/7', 'both', 'Достық – Алашанькоу', 'Достык – Алашанькоу', 'Dostyk – Alashankou'),
  X('cnkz-khorgos-road', 'kz-khorgos-dry-port', 'cn-khorgos', 'road', 'limited', 'Mo-Sa 09:00-18:00', 'Mo-Fr 10:00-19:00; Sa 10:00-14:00', 'none', 'Нұр жолы – Қорғас', 'Нур жолы – Хоргос', 'Nur Zholy – Khorgos'), X('azge-boyuk-kesik-rail', 'az-boyuk-kesik', 'ge-gardabani', 'rail', 'open', '24/7', '24/7', 'none', 'Бёюк-Кясик – Гардабани', 'Бёюк-Кясик – Гардабани', 'Boyuk Kesik – Gardabani'),
  X('kzuz-saryagash-rail', 'kz-saryagash', 'uz-keles', 'rail', 'open', '24/7', '24/7', 'none', 'Сарыағаш – Келес', 'Сарыагаш – Келес', 'Saryagash – Keles'), X('irtm-incheh-borun-rail', 'tm-akyayla', 'ir-incheh-borun', 'rail', 'limited', 'Mo-Fr 09:00-18:00', 'Sa-Th 08:00-16:00', 'post_b', 'Ақжайла – Инче-Бурун', 'Акяйла – Инче-Бурун', 'Akyayla – Incheh Borun'),
  X('cnkg-torugart-road', 'kg-torugart', 'cn-kashgar', 'road', 'limited', 'Mo-Fr 10:00-17:00', 'Mo-Fr 11:00-18:00', 'none', 'Торугарт', 'Торугарт', 'Torugart'), X('bypl-brest-rail', 'by-brest', 'pl-malaszewicze', 'rail', 'open', '24/7', '24/7', 'post_b', 'Брест – Малашевиче', 'Брест – Малашевиче', 'Brest – Malaszewicze'),
];
const C = (corridor, family, status, colour, distance_km, legModes, via, kk, ru, en) => ({ corridor, family, status, colour, distance_km, modes: legModes, via, names: { kk, ru, en } });
const corridors = [
  C('titr', 'trans_caspian', 'open', '#d9822b', 4764, ['rail', 'sea'], ['kz-altynkol', 'kz-zhetygen', 'kz-shu', 'kz-zhezkazgan', 'kz-shalkar', 'kz-beyneu', 'kz-aktau-port', 'az-alat-port', 'az-boyuk-kesik', 'ge-tbilisi', 'ge-poti-port'], 'Транскаспий халықаралық көлік бағдары', 'Транскаспийский международный транспортный маршрут', 'Trans-Caspian International Transport Route'),
  C('north', 'northern', 'open', '#2f7f6f', 5430, ['rail'], ['kz-altynkol', 'kz-zhetygen', 'kz-almaty', 'kz-petropavl', 'ru-moscow', 'by-brest'], 'Солтүстік дәліз', 'Северный коридор', 'Northern corridor'), C('ns-east', 'north_south', 'partial', '#7d5ba6', 2900, ['rail'], ['tm-turkmenbashi-port', 'tm-akyayla', 'ir-incheh-borun', 'ir-bandar-abbas'], 'Солтүстік – Оңтүстік, шығыс тармағы', 'Север – Юг, восточная ветвь', 'North–South, eastern branch'),
  C('cku', 'planned', 'planned', '#c05a9b', 486, ['rail'], ['cn-kashgar', 'kg-jalal-abad'], 'Қытай – Қырғызстан – Өзбекстан', 'Китай – Кыргызстан – Узбекистан', 'China–Kyrgyzstan–Uzbekistan'),
];
const countries = { KZ: ['Қазақстан', 'Казахстан', 'Kazakhstan'], RU: ['Ресей', 'Россия', 'Russia'], CN: ['Қытай', 'Китай', 'China'], UZ: ['Өзбекстан', 'Узбекистан', 'Uzbekistan'], TM: ['Түрікменстан', 'Туркменистан', 'Turkmenistan'], KG: ['Қырғызстан', 'Кыргызстан', 'Kyrgyzstan'], TJ: ['Тәжікстан', 'Таджикистан', 'Tajikistan'], AZ: ['Әзербайжан', 'Азербайджан', 'Azerbaijan'], GE: ['Грузия', 'Грузия', 'Georgia'], AM: ['Армения', 'Армения', 'Armenia'], IR: ['Иран', 'Иран', 'Iran'], TR: ['Түркия', 'Турция', 'Türkiye'], BY: ['Беларусь', 'Беларусь', 'Belarus'], PL: ['Польша', 'Польша', 'Poland'], AF: ['Ауғанстан', 'Афганистан', 'Afghanistan'], PK: ['Пәкістан', 'Пакистан', 'Pakistan'], MN: ['Моңғолия', 'Монголия', 'Mongolia'], UA: ['Украина', 'Украина', 'Ukraine'], IN: ['Үндістан', 'Индия', 'India'] };
const sources = { mock: { citation: 'Invented figure of the mock server, for developing the page only', url: null, licence: 'none', retrieved: '2026-11-23', note: 'Never shipped' }, 'mock-published': { citation: 'Stands for a published report in the mock server', url: 'https://example.org/report', licence: 'CC BY 4.0', retrieved: '2026-11-22', note: '' } };

const feature = (geometry, properties) => ({ type: 'Feature', geometry, properties });
const collection = (features) => ({ type: 'FeatureCollection', features });
const point = (place) => ({ type: 'Point', coordinates: [place.lon, place.lat] });
const layers = {
  legs: (lang) => collection(legs.map((leg) => feature({ type: 'LineString', coordinates: line(leg) }, { id: leg.id, mode: leg.mode, gauge_mm: leg.gauge, status: leg.status, distance_km: leg.km, from: leg.from, to: leg.to, from_name: at[leg.from].names[lang], to_name: at[leg.to].names[lang], electrified: null, kind: 'leg', ...MOCK }))),
  places: (lang) => collection(places.map((each) => feature(point(each), { id: each.place, kind: each.kind, name: each.names[lang], country: each.country, modes: each.modes, ...MOCK, note: '' }))),
  crossings: (lang) => collection(crossings.map((each) => feature(point(at[each.a]), { id: each.id, name: each.names[lang], mode: each.mode, status: each.status, control: 'customs', hours_a: each.hours_a, hours_b: each.hours_b, hours_quality: 'assumed', timezone_a: zones[at[each.a].country], timezone_b: zones[at[each.b].country], post_a: each.a, post_b: each.b, post_a_name: at[each.a].names[lang], post_b_name: at[each.b].names[lang], gauge_change: each.gauge_change, ...MOCK, note: '' }))),
  corridors: (lang) => collection(corridors.map((each) => feature({ type: 'MultiLineString', coordinates: [each.via.map((id) => [at[id].lon, at[id].lat])] }, { id: each.corridor, name: each.names[lang], colour: each.colour, status: each.status }))),
};

const stepNames = { customs: ['Кедендік бақылау', 'Таможенный контроль', 'Customs control'], transload: ['Контейнерлерді жолтабандар арасында қайта тиеу', 'Перегрузка контейнеров между колеями', 'Transfer of containers between gauges'], dwell: ['Кеме не пойыз күтіп тұру', 'Хранение в ожидании судна или поезда', 'Dwell in the yard waiting for a vessel or train'] };
const inLang = (triple, lang) => triple[['kk', 'ru', 'en'].indexOf(lang)];
const step = (code, hours, quality, lang, place) => ({ code, name: inLang(stepNames[code], lang), place, hours, cost_usd: quality === 'published' ? 40 : 0, source: quality === 'published' ? 'mock-published' : 'mock', quality, year: 2022, n: quality === 'published' ? 118 : null });

function route(body) {
  const { lang = 'en', origin, destination } = body;
  const name = (id) => at[id].names[lang];
  for (const id of [origin, destination]) {
    if (!at[id]) return [404, { error: { key: 'error.unknown_place', message: { kk: `«${id}» деген пункт белгісіз. Жақын атаулар: Алтынкөл, Алматы.`, ru: `Пункт «${id}» неизвестен. Похожие названия: Алтынколь, Алматы.`, en: `Unknown place “${id}”. Nearest names: Altynkol, Almaty.` }[lang] } }];
  }
  const chains = { fastest: ['kz-altynkol', 'kz-zhetygen', 'kz-shu', 'kz-zhezkazgan', 'kz-shalkar', 'kz-beyneu', 'kz-aktau-port', 'az-alat-port', 'az-boyuk-kesik', 'ge-gardabani', 'ge-tbilisi', 'ge-poti-port'], cheapest: ['kz-altynkol', 'kz-zhetygen', 'kz-shu', 'kz-zhezkazgan', 'kz-shalkar', 'kz-beyneu', 'kz-kuryk-port', 'az-alat-port', 'az-boyuk-kesik', 'ge-gardabani', 'ge-tbilisi', 'ge-poti-port'] };
  const labels = { fastest: ['Ең жылдам', 'Самый быстрый', 'Fastest'], cheapest: ['Ең арзан', 'Самый дешёвый', 'Cheapest'] };
  const options = Object.entries(chains).map(([label, chain], index) => {
    const pieces = [[0, 6, 'rail'], [6, 7, 'sea'], [7, 11, 'rail']].map(([from, to, mode]) => {
      const coordinates = [];
      let km = 0;
      for (let i = from; i < to; i += 1) {
        const leg = legs.find((each) => each.from === chain[i] && each.to === chain[i + 1]);
        coordinates.push(...line(leg));
        km += leg.km;
      }
      return { mode, service: mode === 'sea' ? 'feeder' : 'block_train', from: name(chain[from]), to: name(chain[to]), from_place: chain[from], to_place: chain[to], distance_km: km, move_h: km / (mode === 'sea' ? 22 : 38), wait_h: 58.3 + index * 9, cost_usd: km * 0.4, co2e_kg: km * 0.31, gauge_mm: mode === 'rail' ? 1520 : null, source: 'mock-published', quality: mode === 'sea' ? 'published' : 'derived', geometry: coordinates,
        steps: [step('customs', 6.4, 'published', lang, name(chain[from])), step('transload', 4.6, 'assumed', lang, name(chain[from])), step('dwell', 47.3 + index * 9, 'assumed', lang, name(chain[to]))] };
    });
    const sum = (key) => pieces.reduce((total, each) => total + each[key], 0);
    const time = sum('move_h') + sum('wait_h');
    return { label, label_text: inLang(labels[label], lang), service: 'block_train', time_mean_h: time, time_p50_h: time * 0.92, time_p90_h: time * 1.35, cost_usd: sum('cost_usd') - index * 240, co2e_kg: sum('co2e_kg'), distance_km: sum('distance_km'), countries: ['KZ', 'AZ', 'GE'], borders: [{ crossing: 'cnkz-khorgos-rail', name: crossings[0].names[lang], hours: 54.2 }, { crossing: 'azge-boyuk-kesik-rail', name: crossings[3].names[lang], hours: 8.1 }], legs: pieces, share_by_quality: { measured: 0, published: 0.21, derived: 0.44, assumed: 0.35 }, sources: ['mock', 'mock-published'] };
  });
  return [200, { origin: { place: origin, name: name(origin) }, destination: { place: destination, name: name(destination) }, seed: 7, reference_date: '2026-11-23', depart: body.depart ?? null, notes: [{ kk: 'Бұл — жасанды сервердің жауабы.', ru: 'Это ответ сервера-макета.', en: 'This is the answer of a mock server.' }[lang]], options }];
}

function answer(path, query, body) {
  const lang = ['kk', 'ru', 'en'].includes(query.get('lang')) ? query.get('lang') : 'en';
  const named = (each) => ({ ...each, name: each.names[lang], modes: typeof each.modes === 'string' ? each.modes.split(';') : each.modes });
  if (path === '/health') return [200, { status: 'ok', version: 'mock', reference_date: '2026-11-23', counts: { places: places.length } }];
  if (path === '/meta') return [200, { attribution: '© OpenStreetMap contributors, ODbL; Natural Earth (mock)', border_policy: '' }];
  if (path === '/sources') return [200, { sources }];
  if (path === '/countries') return [200, { countries: Object.entries(countries).map(([country, names]) => ({ country, name: inLang(names, lang) })) }];
  if (path === '/corridors') return [200, { corridors: corridors.map((each) => ({ ...named(each), via: each.via.map((place) => ({ place, name: at[place].names[lang] })), ...MOCK })) }];
  if (path === '/places') {
    const wanted = (query.get('q') ?? '').toLowerCase();
    return [200, { places: places.filter((each) => [each.place, ...Object.values(each.names)].some((name) => name.toLowerCase().includes(wanted))).slice(0, 8).map(named) }];
  }
  if (path.startsWith('/features/')) {
    const layer = layers[path.slice('/features/'.length)];
    return layer ? [200, layer(lang)] : [404, { error: { key: 'error.unknown_layer', message: path } }];
  }
  if (path.startsWith('/places/')) {
    const place = at[path.slice('/places/'.length)];
    if (!place) return [404, { error: { key: 'error.unknown_place', message: path } }];
    const steps = ['customs', 'transload', 'dwell'].map((code, index) => ({ ...step(code, [6.4, 4.6, 31][index], index ? 'assumed' : 'published', lang), party: ['customs', 'terminal_operator', 'railway'][index], probability: index === 2 ? 0.4 : 1, basis: index ? 'assumed' : 'published', note: '' }));
    return [200, { place: { ...named(place), timezone: zones[place.country], unlocode: null, gauges_mm: '1520;1435', ...MOCK, note: '' }, crossings: crossings.filter((each) => each.a === place.place || each.b === place.place).map((each) => ({ crossing: each.id, name: each.names[lang], mode: each.mode, status: each.status })), processes: [{ mode: 'rail', direction: 'in', service: '*', total_h: 42, calibration: { published_h: 60, source: 'mock-published', year: 2024 }, steps }], facilities: [], sources }];
  }
  if (path === '/routes') return route(body);
  return null;
}

createServer(async (request, response) => {
  const url = new URL(request.url, 'http://mock');
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const found = answer(url.pathname, url.searchParams, chunks.length ? JSON.parse(Buffer.concat(chunks).toString()) : {});
  if (found) {
    response.writeHead(found[0], { 'content-type': 'application/json' }).end(JSON.stringify(found[1]));
    return;
  }
  const file = join(page, normalize(url.pathname === '/' ? 'index.html' : url.pathname));
  try {
    const content = await readFile(file);
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' }).end(content);
  } catch {
    response.writeHead(404).end();
  }
}).listen(port, '127.0.0.1', () => console.log(`MOCK server, for development only: http://127.0.0.1:${port}/`));
