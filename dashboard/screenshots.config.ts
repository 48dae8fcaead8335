import { defineConfig } from '@playwright/test';

import journeys from './playwright.config';

/** `cargo xtask screenshots`: every page as a picture, in dashboard/screenshots. ONLY=campaign,import takes some of them. */
export default defineConfig({
  ...journeys,
  testMatch: '*.shots.ts',
  projects: [],
  reporter: 'list',
  use: { ...journeys.use, trace: 'off', screenshot: 'off' },
});
