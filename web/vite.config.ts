import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// In development the page comes from Vite and the data from a running `daliz up`.
const api = process.env.DALIZ_API ?? 'http://127.0.0.1:8000';
const apiPaths = [
  '/health', '/places', '/corridors', '/features', '/sources', '/countries', '/routes', '/meta', '/scenarios', '/compare', '/terms', '/codes', '/legs',
  '/tiles', '/own', '/scorecard', '/plan', '/projects', '/works', '/incidents',
];

const out = '../daliz/server/page';

/** Scripts, styles and the atlas compressed once, as well as it goes; the server sends them as they are. */
const compressed = {
  name: 'compressed',
  apply: 'build' as const,
  closeBundle() {
    for (const name of readdirSync(join(out, 'assets'))) {
      if (!/\.(js|css|json)$/.test(name)) continue;
      const path = join(out, 'assets', name);
      writeFileSync(`${path}.br`, brotliCompressSync(readFileSync(path), { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
    }
  },
};

export default defineConfig({
  plugins: [svelte(), compressed],
  base: './',
  server: { proxy: Object.fromEntries(apiPaths.map((path) => [path, api])) },
  build: {
    outDir: out,
    emptyOutDir: true,
    target: 'es2022',
    // Fonts and the atlas stay files of their own: the map's worker fetches them by address.
    assetsInlineLimit: 0,
    rollupOptions: {
      output: {
        // Some servers do not know the type of .mjs, and a worker of unknown type does not start.
        assetFileNames: (asset) =>
          asset.names[0]?.endsWith('.mjs') ? 'assets/[name]-[hash].js' : 'assets/[name]-[hash][extname]',
      },
    },
    // What is bundled ships with the wheel, so its licences ship too.
    license: { fileName: 'licences.md' },
    // MapLibre alone is larger than Vite's default warning; it is loaded after the panel.
    chunkSizeWarningLimit: 1300,
  },
  test: { include: ['tests/**/*.test.ts'] },
});
