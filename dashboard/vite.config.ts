import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';

import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

import { configOf } from './scripts/world.mjs';

/** `npm run dev` against a local world: WORLD names its world.json, as for the journeys. */
const world = process.env['WORLD'] ?? '../.carillon/world.json';
const localConfig: Plugin = {
  name: 'config.json of the local world',
  configureServer: (server) => {
    server.middlewares.use('/config.json', (_request, response) => {
      readFile(world, 'utf8')
        .then((text) => response.setHeader('content-type', 'application/json').end(JSON.stringify(configOf(JSON.parse(text)))))
        .catch(() => response.writeHead(404).end());
    });
  },
};

/**
 * Cloudscape's AppLayout holds three layouts and shows one, by a flag of the AWS console that is never set here. The two
 * others, with all that only they need, are a quarter of the first load.
 */
const NEVER_SHOWN = '\0never-shown';
const oneAppLayout: Plugin = {
  name: 'one AppLayout of three',
  apply: 'build',
  enforce: 'pre',
  resolveId: (source, importer) =>
    importer?.endsWith('/components/app-layout/internal.js') && ['./classic', './visual-refresh-toolbar'].includes(source) ? NEVER_SHOWN : null,
  load: (id) => (id === NEVER_SHOWN ? 'export default () => null' : null),
};

/**
 * Cloudscape's style sheet holds its fonts as data: URLs, half a megabyte that everybody would wait for. As files a browser
 * fetches just those that the page's letters need, and the content security policy need not allow data: for fonts.
 */
const fontsAsFiles: Plugin = {
  name: 'fonts as files',
  apply: 'build',
  generateBundle(_options, bundle) {
    for (const asset of Object.values(bundle)) {
      if (asset.type === 'asset' && asset.fileName.endsWith('.css')) {
        asset.source = asset.source.toString().replace(/url\((["']?)data:font\/woff2[^,]*;base64,([^)"']+)\1\)/g, (_all, _quote, base64: string) => {
          const source = Buffer.from(base64, 'base64');
          const fileName = `assets/font-${createHash('sha256').update(source).digest('hex').slice(0, 8)}.woff2`;
          this.emitFile({ type: 'asset', fileName, source });
          return `url(./${basename(fileName)})`;
        });
      }
    }
  },
};

export default defineConfig({
  plugins: [react(), localConfig, oneAppLayout, fontsAsFiles],
  // The words that column headers are recognised by are the importer's own file.
  server: { port: 5173, strictPort: true, fs: { allow: ['.', '../crates/intake/data'] } },
  build: {
    target: 'es2023',
    // Those that know light-dark(). For older ones it would be rewritten into something that needs `color-scheme` in these
    // style sheets; it is set by shared/theme.ts, and every colour of ours would be gone.
    cssTarget: ['chrome123', 'edge123', 'firefox120', 'safari17.5'],
    // The content security policy allows no data: URLs for scripts and fonts.
    assetsInlineLimit: 0,
    manifest: true,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1500,
  },
  test: { include: ['src/**/*.test.{ts,tsx}', 'scripts/**/*.test.ts'] },
});
