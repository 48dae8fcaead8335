import { defineConfig } from '@playwright/test';

import { world } from './tests/world';

/** Journeys through the deployed stack, in a real browser. WORLD names the local world; CHROMIUM a browser, if not Playwright's own. */
export default defineConfig({
  testDir: 'tests',
  testMatch: '*.spec.ts',
  outputDir: 'test-results',
  globalSetup: './tests/furnish.ts',
  // One emulator on few cores: journeys side by side would wait for each other.
  workers: 2,
  fullyParallel: false,
  forbidOnly: Boolean(process.env['CI']),
  // A second chance, which the list names: two cores carry the cloud, the network and the browser.
  retries: 1,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['./tests/summary.ts']],
  use: {
    baseURL: world().dashboard_url,
    viewport: { width: 1440, height: 900 },
    locale: 'en-GB',
    actionTimeout: 15_000,
    navigationTimeout: 30_000,
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: process.env['CHROMIUM'] ? { executablePath: process.env['CHROMIUM'] } : {},
  },
});
