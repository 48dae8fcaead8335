import { ended, imported, made } from './made';
import { Api, number, people, world } from './world';

interface List<T> {
  items: T[];
}

const LIST = [
  'First name;Last name;Phone;E-Mail;Plan',
  'Jörg;Müller-Lüdenscheidt;0171 3920087;joerg@example.com;basic',
  'Ada;Lovelace;+44 20 7946 0991;ada@example.com;plus',
  'Grace;Hopper;12;grace@example.com;plus',
  'Nobody;;call me;;',
].join('\r\n');

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
  await fill(await Api.as('acme', 'admin'));
}

/** Something on every page that is toured, whichever journey comes first: an import with refused rows, a draft, calls. */
async function fill(api: Api): Promise<void> {
  const imports = await api.json<List<{ state: string; counts: { invalid: number } }>>('GET', '/v1/imports?limit=100');
  if (!imports.items.some(({ state, counts }) => state === 'completed' && counts.invalid > 0)) {
    await imported(api, 'customers.csv', LIST);
  }
  if ((await api.json<List<object>>('GET', '/v1/contacts?q=lovelace&limit=1')).items.length === 0) {
    await api.json('POST', '/v1/contacts', { phone: number(), first_name: 'Ada', last_name: 'Lovelace' });
  }
  if ((await api.json<List<object>>('GET', '/v1/webhooks')).items.length === 0) {
    const url = 'http://127.0.0.1:9/crm';
    const { webhook } = await api.json<{ webhook: { id: string } }>('POST', '/v1/webhooks', { url, events: ['import.changed'], description: 'CRM' });
    await api.json('POST', `/v1/webhooks/${webhook.id}/test`);
  }
  if ((await api.json<List<object>>('GET', '/v1/queues')).items.length === 0) {
    await staff(api);
  }
  const campaigns = await api.json<List<{ state: string }>>('GET', '/v1/campaigns?limit=100');
  if (!campaigns.items.some(({ state }) => state === 'draft')) {
    await made(api, [number()], { calls_per_second: 1 });
  }
  if (!campaigns.items.some(({ state }) => state === 'completed')) {
    const phones = [number(), number(), number()] as const;
    await people({
      [phones[0]]: [{ human: { ring_seconds: 2, replies: [{ press: { keys: '1' } }] } }],
      [phones[1]]: [{ human: { ring_seconds: 2, replies: [{ press: { keys: '9' } }] } }],
      [phones[2]]: [{ human: { ring_seconds: 2 } }],
    });
    const id = await made(api, phones, { calls_per_second: 5, asks: true });
    await api.json('POST', `/v1/campaigns/${id}/start`, {});
    await ended(api, `/v1/campaigns/${id}`);
  }
}

/** A queue, and a supervisor who serves it: the agent is left to the journeys. */
async function staff(api: Api): Promise<void> {
  const day = [['08:00', '18:00']];
  const queue = await api.json<{ id: string }>('POST', '/v1/queues', {
    name: 'Appointments',
    skills: { German: 3 },
    hours: { mon: day, tue: day, wed: day, thu: day, fri: day, sat: [['09:00', '13:00']] },
    timezone: 'Europe/Berlin',
  });
  // Who has been here once is a user whom others can see.
  const supervisor = await (await Api.as('acme', 'supervisor')).json<{ subject: string }>('GET', '/v1/me');
  await api.send('POST', '/v1/agents', {
    user: supervisor.subject,
    profile: { name: 'Grace Hopper', queues: [queue.id], skills: { German: 4, English: 5 }, timezone: 'Europe/Berlin', reach: { by: 'phone', number: '+493023125123' } },
  });
}
