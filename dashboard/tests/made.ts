import type { Api } from './world';

interface Pace {
  calls_per_second: number;
  /** Whether people can press 1 for interest, or 9 to be left alone. */
  asks?: boolean;
  record?: boolean;
  /** On which days of the week people may be called; on all of them, if nothing is said. */
  days?: readonly string[];
  /** Whether whoever does not answer is called again in an hour: the campaign runs on until then. */
  again?: boolean;
  /** Whose agents take the calls; the script alone, if nothing is said. */
  queue?: string | undefined;
}

const WEEK = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

const MENU = {
  prompt: 'Press 1 for an appointment, or 9 if you want no more calls.',
  interest_key: '1',
  opt_out_key: '9',
  interested_reply: 'Thank you, we will call you back.',
  opted_out_reply: 'You will not hear from us again.',
  wait_seconds: 5,
  repeats: 1,
};

/** A campaign that may call these people at any hour of its days, made through the API and not started. */
export async function made(api: Api, phones: readonly string[], { calls_per_second, asks = false, record = false, days = WEEK, again = false, queue }: Pace): Promise<string> {
  const day = [['00:00', '24:00']];
  const created = await api.json<{ id: string }>('POST', '/v1/campaigns', {
    name: `Yearly service ${crypto.randomUUID().slice(0, 8)}`,
    purpose: 'informational',
    waive_house_rules: true,
    timezone: 'Europe/Berlin',
    caller_ids: ['+4930901820'],
    window: Object.fromEntries(days.map((one) => [one, day])),
    pace: { calls_per_second, ring_seconds: 25, wave_seconds: 2 },
    amd: 'off',
    agents: queue ? { queue, whisper: 'Somebody. Press 1 to take the call.', sorry: 'This was Acme. Nobody is free.', patience_seconds: 60 } : null,
    record,
    retry: again ? { attempts_max: 2, rules: { no_answer: { times: 1, after: 'PT1H' } } } : { attempts_max: 1, rules: {} },
    script: { language: 'en-GB', voice: 'Polly.Amy-Neural', greeting: 'Hello.', goodbye: 'Goodbye.', menu: asks ? MENU : null },
  });
  const contacts = await Promise.all(phones.map((phone) => api.json<{ id: string }>('POST', '/v1/contacts', { phone })));
  await api.json('POST', `/v1/campaigns/${created.id}/enrollments`, { contacts: contacts.map(({ id }) => id) });
  return created.id;
}

/** Three days from now, when it is not today anywhere. */
export const anotherDay = (): string => WEEK[(new Date().getUTCDay() + 2) % 7] ?? 'mon';

/** An import of this file, once it has ended. */
export async function imported(api: Api, file_name: string, csv: string, milliseconds_max = 90_000): Promise<string> {
  const file = Buffer.from(csv);
  const { import: begun, upload } = await api.json<{
    import: { id: string };
    upload: { method: string; url: string; headers: Record<string, string> };
  }>('POST', '/v1/imports', { file_name, size: file.length });
  const sent = await fetch(upload.url, { method: upload.method, headers: upload.headers, body: file });
  if (!sent.ok) {
    throw new Error(`the upload of ${file_name}: ${sent.status} ${await sent.text()}`);
  }
  await ended(api, `/v1/imports/${begun.id}`, milliseconds_max);
  return begun.id;
}

/** Waits until what is at the address is in the state `completed`. */
export async function ended(api: Api, path: string, milliseconds_max = 90_000): Promise<void> {
  const until = Date.now() + milliseconds_max;
  for (;;) {
    const { state } = await api.json<{ state: string }>('GET', path);
    if (state === 'completed') {
      return;
    }
    if (state === 'failed' || Date.now() > until) {
      throw new Error(`${path} is ${state}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
