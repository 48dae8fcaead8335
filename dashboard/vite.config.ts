import { readFile } from 'node:fs/promises';

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

export default defineConfig({
  plugins: [react(), localConfig, oneAppLayout],
  // The words that column headers are recognised by are the importer's own file.
  server: { port: 5173, strictPort: true, fs: { allow: ['.', '../crates/intake/data'] } },
  build: {
    target: 'es2023',
    // The content security policy allows no data: URLs for scripts and fonts.
    assetsInlineLimit: 0,
    manifest: true,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1500,
  },
  test: { environment: 'jsdom', include: ['src/**/*.test.{ts,tsx}', 'scripts/**/*.test.ts'] },
});
