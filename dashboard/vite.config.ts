import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [react()],
  // The words that column headers are recognised by are the importer's own file.
  server: { port: 5173, strictPort: true, fs: { allow: ['.', '../crates/intake/data'] } },
  build: {
    target: 'es2023',
    // The content security policy allows no data: URLs for scripts and fonts.
    assetsInlineLimit: 0,
    manifest: true,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1000,
  },
  test: { environment: 'jsdom', include: ['src/**/*.test.{ts,tsx}'] },
});
