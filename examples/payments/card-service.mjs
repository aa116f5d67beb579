// A card service as they are: it takes an idempotency key, is busy at times, and at times charges and then loses the connection before it has
// said so. What it charged stands in its ledger, whatever becomes of whoever asked.

import { createServer } from 'node:http';
import { once } from 'node:events';
import { json } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

const LATENCY_MS = 150;

/** @param onCharge Called when a charge stands in the ledger and nobody has been told. */
export async function startCardService({ apiKey, onCharge }) {
  const ledger = { charges: [], refunds: [], requests: 0, busy: 0, unanswered: 0, repeats: 0 };

  function book(entries, key, entry) {
    const found = entries.find((one) => one.key === key);
    if (found === undefined) entries.push({ key, ...entry });
    else ledger.repeats += 1;
    return { isNew: found === undefined, id: `${key}-paid` };
  }

  async function answer(request, response) {
    const body = await json(request);
    const key = request.headers['idempotency-key'];
    const say = (status, document) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(document));
    if (request.headers['x-api-key'] !== apiKey) return say(401, { message: 'Who are you?' });
    if (key === undefined) return say(400, { message: 'An idempotency key is needed.' });
    ledger.requests += 1;
    const turn = ledger.requests;
    await delay(LATENCY_MS);
    if (turn % 4 === 0) {
      ledger.busy += 1;
      return say(503, { message: 'Busy.' });
    }
    if (request.url === '/refunds') return say(200, book(ledger.refunds, key, body));
    if (body.card.startsWith('4000')) return say(402, { message: 'Declined.' });
    const charge = book(ledger.charges, key, { customer: body.customer, cents: body.cents });
    if (charge.isNew) await onCharge(ledger.charges.length);
    if (turn % 5 === 0) {
      ledger.unanswered += 1;
      request.socket.destroy();
      return undefined;
    }
    return say(200, charge);
  }

  const server = createServer((request, response) => {
    // Whoever asked may be gone by the time of the answer; the ledger is what counts.
    answer(request, response).catch((error) => response.destroy(error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    ledger,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
