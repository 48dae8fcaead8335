/**
 * What the edge does, in the local world: the security headers, as infra/hosting.yaml has CloudFront send them (scripts/headers.test.ts holds the two together).
 *
 * @param {{ uploads: string, signIn: string, live: string }} hosts where files go by presigned address, where Cognito
 *   answers, and where changes are told; everything else, the API too, is at the page's own address
 */
export const contentSecurityPolicy = ({ uploads, signIn, live }) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob:",
    "font-src 'self'",
    `connect-src 'self' ${[...new Set([signIn, uploads, live])].join(' ')}`,
    `media-src 'self' blob: ${uploads}`,
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');

/** Those that are the same everywhere. */
export const headers = {
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
};

/** How long a browser may keep a file: those with a hash in their name for good, the others not at all. */
export const cacheControl = (path) => (path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-store');

/** Whether a path is a file's. Everything else is a page, and all pages are one. */
export const isFile = (path) => /^\/(assets\/.+|[^/]+\.[^/]+)$/.test(path);
