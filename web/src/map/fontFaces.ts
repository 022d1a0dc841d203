/** Letters of the map, drawn from the page's own font files: no glyph server. */
import latin from '@fontsource/noto-sans/files/noto-sans-latin-400-normal.woff2?url';
import cyrillic from '@fontsource/noto-sans/files/noto-sans-cyrillic-400-normal.woff2?url';
import cyrillicExtended from '@fontsource/noto-sans/files/noto-sans-cyrillic-ext-400-normal.woff2?url';
import type { StyleSpecification } from 'maplibre-gl';

const here = (path: string) => new URL(path, document.baseURI).href;

export const fontFaces: StyleSpecification['font-faces'] = {
  'Noto Sans': [
    { url: here(cyrillic), 'unicode-range': ['U+0301', 'U+0400-045F', 'U+0490-0491', 'U+04B0-04B1', 'U+2116'] },
    { url: here(cyrillicExtended), 'unicode-range': ['U+0460-052F'] },
    { url: here(latin), 'unicode-range': ['U+0000-00FF', 'U+2000-206F'] },
  ],
};
