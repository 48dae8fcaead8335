import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { contentSecurityPolicy, headers, isFile } from './headers.mjs';

const written = readFileSync(new URL('../../infra/hosting.yaml', import.meta.url), 'utf8');
const template = written.replace(/\s+/g, ' ');

test('what is served here has the policy that CloudFront sends', () => {
  const hosts = { signIn: 'https://cognito-idp.${AWS::Region}.${AWS::URLSuffix}', uploads: 'https://${DataBucketDomain}', live: '${LiveOrigin}' };
  expect(template).toContain(contentSecurityPolicy(hosts));
});

test('and its other headers', () => {
  const said: Record<keyof typeof headers, string> = {
    'strict-transport-security': 'AccessControlMaxAgeSec: 63072000, IncludeSubdomains: true',
    'x-content-type-options': 'ContentTypeOptions: { Override: true }',
    'x-frame-options': 'FrameOption: DENY',
    'referrer-policy': 'ReferrerPolicy: no-referrer',
    'cross-origin-opener-policy': 'Header: cross-origin-opener-policy, Value: same-origin',
    'cross-origin-resource-policy': 'Header: cross-origin-resource-policy, Value: same-origin',
    'permissions-policy': `Header: permissions-policy, Value: "${headers['permissions-policy']}"`,
  };
  for (const words of Object.values(said)) {
    expect(template).toContain(words);
  }
  expect(headers['strict-transport-security']).toBe('max-age=63072000; includeSubDomains');
});

test('a page is a page, whatever its ids are made of, and a missing script is not answered with one', () => {
  const code = /FunctionCode: \|\n([\s\S]*?)\n\n/.exec(written)?.[1] ?? '';
  const handler = new Function(`${code}; return handler;`)() as (event: { request: { uri: string } }) => { uri: string };
  for (const [path, file] of [
    ['/', false],
    ['/campaigns', false],
    ['/calls/acme.cmp_1.con_2.1', false],
    ['/users/ada@acme.example', false],
    ['/favicon.svg', true],
    ['/config.json', true],
    ['/assets/gone-1234.js', true],
  ] as const) {
    expect(isFile(path), path).toBe(file);
    expect(handler({ request: { uri: path } }).uri, path).toBe(file ? path : '/index.html');
  }
});
