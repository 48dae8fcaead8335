import { defineConfig } from '@playwright/test';

import journeys from './playwright.config';

/**
 * `cargo xtask screenshots`: every page as a picture, in dashboard/screenshots. ONLY=campaign,import takes some of the
 * pages, LOOKS=wide.light.en,narrow.dark.de some of their looks.
 */
export default defineConfig({
  ...journeys,
  testMatch: '*.shots.ts',
  reporter: 'list',
  use: { ...journeys.use, trace: 'off', screenshot: 'off' },
});
