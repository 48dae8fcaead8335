/**
 * How much script somebody loads who signs in and sees the overview, compressed as CloudFront sends it. Fails above the
 * budget. Everything that is reached without a click counts: the entry, what it imports, one language.
 */
import { readFileSync } from 'node:fs';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const BUDGET_BYTES = 300_000;
const dist = new URL('../dist/', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'));

/** Chunks that are imported later but before the overview is seen. */
const SOON = [/^src\/shared\/i18n\/en\.ts$/, /i18n\/messages\/all\.en\.js$/, /^src\/features\/overview\/Overview\.tsx$/, /^src\/app\/Shell\.tsx$/];

const files = new Set();
const visit = (name) => {
  const chunk = manifest[name];
  if (!chunk || files.has(chunk.file)) {
    return;
  }
  files.add(chunk.file);
  chunk.imports?.forEach(visit);
  chunk.dynamicImports?.filter((one) => SOON.some((pattern) => pattern.test(one))).forEach(visit);
};
Object.keys(manifest)
  .filter((name) => manifest[name].isEntry)
  .forEach(visit);

let total = 0;
for (const file of [...files].filter((one) => one.endsWith('.js'))) {
  const code = readFileSync(new URL(file, dist));
  // Quality 5 is about what an edge spends on a file that it compresses as it goes.
  const size = brotliCompressSync(code, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }).length;
  total += size;
  console.log(`${String(size).padStart(8)}  ${file}  (gzip ${gzipSync(code).length})`);
}
console.log(`${String(total).padStart(8)}  of ${BUDGET_BYTES} bytes of script until the overview is seen`);
if (total > BUDGET_BYTES) {
  console.error('The first load has grown over its budget: split something off, or leave it out.');
  process.exit(1);
}
