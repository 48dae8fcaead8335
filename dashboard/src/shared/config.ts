/** What differs from one installation to the next: served beside the page, never compiled into it. */
export interface Config {
  /** The REST API; `/v1/...` follows. Empty: at the page's own address. */
  apiUrl: string;
  userPoolId: string;
  userPoolClientId: string;
  /** Where Cognito answers, if not at AWS: the local world's emulator. */
  cognitoEndpoint?: string;
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** Takes what it knows and nothing else, so that a mistake in the file is found at the start. */
export function parseConfig(json: unknown): Config {
  const given = (json ?? {}) as Record<string, unknown>;
  const { apiUrl, userPoolId, userPoolClientId, cognitoEndpoint } = given;
  if (!isText(apiUrl) || !isText(userPoolId) || !isText(userPoolClientId)) {
    throw new Error('config.json must hold apiUrl, userPoolId and userPoolClientId');
  }
  return {
    // `/` for the page's own address, which is what both CloudFront and the local server are set up for.
    apiUrl: apiUrl.replace(/\/+$/, ''),
    userPoolId,
    userPoolClientId,
    ...(isText(cognitoEndpoint) ? { cognitoEndpoint } : {}),
  };
}

export async function loadConfig(): Promise<Config> {
  const response = await fetch('/config.json', { cache: 'no-store' });
  if (!response.ok) {
    throw new Error(`config.json: HTTP ${response.status}`);
  }
  return parseConfig(await response.json());
}
