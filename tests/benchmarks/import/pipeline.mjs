// node pipeline.mjs FILE default|max
//
// What one writes in Node: stream the file through csv-parse, read each number with the country of its row, drop the
// invalid ones and the duplicates. Prints its counts and what they cost as one line of JSON.

import { createReadStream } from 'node:fs';
import { parse } from 'csv-parse';

const [file, metadata] = process.argv.slice(2);
const { parsePhoneNumberFromString } = await import(
  metadata === 'max' ? 'libphonenumber-js/max' : 'libphonenumber-js'
);

const started = process.hrtime.bigint();
const before = process.cpuUsage();
const seen = new Set();
let rows = 0;
let valid = 0;
let invalid = 0;
let duplicate = 0;
const records = createReadStream(file, { highWaterMark: 1 << 20 }).pipe(parse({ columns: true, bom: true }));
for await (const record of records) {
  rows += 1;
  const number = parsePhoneNumberFromString(record.phone, record.country || undefined);
  if (!number || !number.isValid()) {
    invalid += 1;
  } else if (seen.has(number.number)) {
    duplicate += 1;
  } else {
    seen.add(number.number);
    valid += 1;
  }
}
const cpu = process.cpuUsage(before);
console.log(
  JSON.stringify({
    seconds: Number(process.hrtime.bigint() - started) / 1e9,
    cpu_seconds: (cpu.user + cpu.system) / 1e6,
    peak_mib: process.resourceUsage().maxRSS / 1024,
    rows,
    valid,
    invalid,
    duplicate,
  }),
);
