/**
 * Serves the built dashboard as CloudFront does (infra/hosting.yaml): the same headers, the API at the same address,
 * every other path that is not a file's answered by the page itself.
 *
 *   node scripts/serve.mjs --world ../.carillon/world.json --port 8080
 */
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { cacheControl, contentSecurityPolicy, headers, isFile } from './headers.mjs';
import { configOf } from './world.mjs';

const { values } = parseArgs({
  options: {
    world: { type: 'string', default: '../.carillon/world.json' },
    port: { type: 'string', default: '8080' },
    files: { type: 'string', default: fileURLToPath(new URL('../dist', import.meta.url)) },
  },
});

const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

// Asked for every time: `cargo xtask up` may have deployed anew since.
const world = async () => JSON.parse(await readFile(values.world, 'utf8'));

const server = createServer((incoming, outgoing) => {
  answer(incoming, outgoing).catch(() => {
    if (!outgoing.headersSent) {
      outgoing.writeHead(502);
    }
    outgoing.end();
  });
});

async function answer(incoming, outgoing) {
  const { pathname } = new URL(incoming.url, 'http://localhost');
  if (pathname.startsWith('/v1/')) {
    return forward(incoming, outgoing, (await world()).api_url);
  }
  const { endpoint } = await world();
  outgoing.setHeaders(new Headers({ ...headers, 'content-security-policy': contentSecurityPolicy({ uploads: endpoint, signIn: endpoint, live: endpoint.replace(/^http/, 'ws') }) }));
  if (pathname === '/config.json') {
    outgoing.writeHead(200, { 'content-type': TYPES['.json'], 'cache-control': cacheControl(pathname) });
    return outgoing.end(JSON.stringify(configOf(await world(), '/')));
  }
  const path = isFile(pathname) ? normalize(pathname) : '/index.html';
  const file = join(values.files, path);
  if (!file.startsWith(values.files) || !(await stat(file).catch(() => null))?.isFile()) {
    outgoing.writeHead(404, { 'content-type': 'text/plain' });
    return outgoing.end('not found');
  }
  outgoing.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream', 'cache-control': cacheControl(path) });
  createReadStream(file).pipe(outgoing);
}

function forward(incoming, outgoing, apiUrl) {
  const target = new URL(apiUrl + incoming.url);
  return new Promise((resolve, reject) => {
    const kept = Object.fromEntries(Object.entries(incoming.headers).filter(([name]) => name !== 'host'));
    const upstream = request(target, { method: incoming.method, headers: kept }, (response) => {
      outgoing.writeHead(response.statusCode, response.headers);
      response.pipe(outgoing).on('finish', resolve);
    });
    upstream.on('error', reject);
    incoming.pipe(upstream);
  });
}

server.listen(Number(values.port), '127.0.0.1', () => console.log(`http://localhost:${values.port}`));
