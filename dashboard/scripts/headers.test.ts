import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { contentSecurityPolicy, headers } from './headers.mjs';

const template = readFileSync(new URL('../../infra/hosting.yaml', import.meta.url), 'utf8').replace(/\s+/g, ' ');

test('what is served here has the policy that CloudFront sends', () => {
  const hosts = { signIn: 'https://cognito-idp.${AWS::Region}.${AWS::URLSuffix}', uploads: 'https://${DataBucketDomain}' };
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
