import { readFileSync } from 'node:fs';

interface User {
  email: string;
  password: string;
  role: 'admin' | 'supervisor' | 'agent' | 'operator';
}

interface World {
  endpoint: string;
  api_url: string;
  network_url: string;
  dashboard_url: string;
  access_key_id: string;
  region: string;
  tenants: { id: string; account_sid: string; auth_token: string; users: User[] }[];
  outputs: Record<string, string>;
}

/** The local world, as `cargo xtask up` describes it. */
export function world(): World {
  return JSON.parse(readFileSync(process.env['WORLD'] ?? '../.carillon/world.json', 'utf8')) as World;
}

export function user(tenant: string, role: User['role']): User {
  const found = world()
    .tenants.find(({ id }) => id === tenant)
    ?.users.find((one) => one.role === role);
  if (!found) {
    throw new Error(`the world has no ${role} of ${tenant}`);
  }
  return found;
}

/** A request to Cognito; the world's is an emulator that takes any signature of its root's key. */
export async function cognito<T = unknown>(action: string, body: object): Promise<T> {
  const { endpoint, access_key_id, region } = world();
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AWSCognitoIdentityProviderService.${action}`,
      authorization: `AWS4-HMAC-SHA256 Credential=${access_key_id}/20260101/${region}/cognito-idp/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify(body),
  });
  if (!response.ok) {
    throw new Error(`${action}: ${response.status} ${await response.text()}`);
  }
  return (await response.json()) as T;
}

/** The API as somebody else uses it at the same time: another browser, another system. */
export class Api {
  private constructor(private readonly token: string) {}

  static async as(tenant: string, role: User['role']): Promise<Api> {
    const { email, password } = user(tenant, role);
    const answer = await cognito<{ AuthenticationResult: { IdToken: string } }>('InitiateAuth', {
      AuthFlow: 'USER_PASSWORD_AUTH',
      ClientId: world().outputs['UserPoolClientId'],
      AuthParameters: { USERNAME: email, PASSWORD: password },
    });
    return new Api(answer.AuthenticationResult.IdToken);
  }

  send(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(world().api_url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...(method === 'POST' ? { 'idempotency-key': crypto.randomUUID() } : {}),
        ...headers,
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  }

  async json<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await this.send(method, path, body);
    if (!response.ok) {
      throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    }
    return (await response.json()) as T;
  }
}

/** What given numbers do when they are called, in the simulated network. */
export async function people(numbers: Record<string, readonly (object | string)[]>): Promise<void> {
  const response = await fetch(`${world().network_url}/_network/config`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ script: { numbers } }),
  });
  if (!response.ok) {
    throw new Error(`the network: ${response.status} ${await response.text()}`);
  }
}

/**
 * A German mobile number that no other test is given, as good as surely. Drawn, not counted: tests run in several
 * processes that begin at the same moment, in a world that earlier runs have left numbers in.
 */
export const number = (): string => `+491512${String(Math.floor(Math.random() * 10_000_000)).padStart(7, '0')}`;
