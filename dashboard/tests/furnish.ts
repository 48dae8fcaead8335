import { Api, world } from './world';

/** The tenants that the world has people for, with their accounts at the simulated network. Again: changes nothing. */
export default async function furnish(): Promise<void> {
  const operator = await Api.as('acme', 'operator');
  for (const { id, account_sid, auth_token } of world().tenants) {
    const made = await operator.send('POST', '/v1/tenants', { id, name: id, timezone: 'Europe/Berlin', default_country: 'DE' });
    if (made.status !== 201 && made.status !== 409) {
      throw new Error(`the tenant ${id}: ${made.status} ${await made.text()}`);
    }
    const admin = await Api.as(id, 'admin');
    const account = await admin.send('PUT', '/v1/settings/twilio', { account_sid, auth_token });
    if (!account.ok) {
      throw new Error(`the account of ${id}: ${account.status} ${await account.text()}`);
    }
  }
}
