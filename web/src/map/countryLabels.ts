/** Where the name of a state stands: a point chosen by eye, well inside, clear of the busiest lines. */
export const COUNTRY_LABELS: Readonly<Record<string, readonly [lon: number, lat: number]>> = {
  KZ: [67.5, 49.6], RU: [60.5, 57.6], CN: [98, 37.5], UZ: [62.6, 42.3], TM: [58.6, 39.6], KG: [75.3, 41.6], TJ: [71.3, 38.4],
  AF: [65.6, 33.9], IR: [54.6, 32.6], PK: [68.4, 28.6], IN: [78.4, 23.4], MN: [103, 46.6], AZ: [48.2, 40.3], GE: [43.6, 42.25],
  AM: [44.8, 40.55], TR: [33.6, 38.8], UA: [31.6, 49.2], BY: [27.9, 53.4], PL: [19.4, 52.2], LT: [23.9, 55.4], LV: [25.3, 57],
  EE: [25.8, 58.8], FI: [26.3, 63], RO: [24.9, 45.8], BG: [25.2, 42.7], HU: [19.4, 47.1], SK: [19.5, 48.7], MD: [28.6, 47.2],
  RS: [20.8, 44], GR: [22.2, 39.3], DE: [10.3, 51], IQ: [43.4, 33], SY: [38.5, 35], SA: [45, 24], AE: [54.2, 23.8], OM: [57.2, 21.4],
  KW: [47.6, 29.3], QA: [51.2, 25.3], KR: [127.8, 36.4], KP: [127.1, 40.1], JP: [138.4, 36.6], NP: [83.9, 28.3], BD: [90.2, 24.2],
  MM: [96, 21.4], TH: [101, 15.6], LA: [102.6, 19.6], VN: [105.8, 21.4], SE: [16.4, 62.3], NO: [9.4, 61.3], IT: [12.2, 43.2],
  FR: [2.5, 46.6], AT: [14.3, 47.6], CZ: [15.4, 49.8], EG: [30, 26.8], IL: [34.9, 31.2],
};

/** Seas, by the key of their name in the catalogues. */
export const SEA_LABELS = [
  { key: 'web.sea.caspian', at: [51.4, 38.9] },
  { key: 'web.sea.black', at: [34.4, 43.2] },
  { key: 'web.sea.aral', at: [59.4, 45.1] },
  { key: 'web.sea.azov', at: [36.7, 46.05] },
  { key: 'web.sea.mediterranean', at: [29.5, 34.4] },
  { key: 'web.sea.persian_gulf', at: [51.2, 27.6] },
  { key: 'web.sea.arabian', at: [63.5, 19.5] },
  { key: 'web.sea.baltic', at: [19.4, 57.2] },
] as const;
