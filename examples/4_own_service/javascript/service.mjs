// What carries a service: HTTP around its business, one transaction for each call of a saga.
import {renameSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {parseArgs} from 'node:util';

import {BadCall, perform, readCall} from './barrier.mjs';
import {Store} from './store.mjs';

const BODY_BYTES_MAX = 65536;
const IDLE_MS_MAX = 75_000;  // longer than sagad keeps an unused connection

// Serves until it is ended. `calls`: path -> [operation, function(tx, call, body) -> answer]. `looks`: path's beginning ->
// function(store, rest of the path) -> JSON.
export function serve({calls, looks}) {
  const {values: options} = parseArgs({options: {
    'listen': {type: 'string', default: '127.0.0.1:8104'},
    'database': {type: 'string', default: 'service.db'},
    'port-file': {type: 'string'},
  }});
  const store = new Store(options.database);
  const server = createServer(async (request, reply) => {
    const body = await readBody(request).catch(() => undefined);
    const answer = body ? respond(store, calls, looks, request, body) : problem(413, `A body has at most ${BODY_BYTES_MAX} bytes.`);
    const headers = {'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(answer.body)};
    if (answer.outcome) headers['Saga-Outcome'] = answer.outcome;
    if (!body) headers.Connection = 'close';
    reply.writeHead(answer.status, headers).end(answer.body);
  });
  server.keepAliveTimeout = IDLE_MS_MAX;
  const [host, port] = options.listen.split(':');
  server.listen(Number(port), host, () => {
    const bound = server.address().port;
    if (options['port-file']) {
      writeFileSync(`${options['port-file']}.new`, `${bound}\n`);
      renameSync(`${options['port-file']}.new`, options['port-file']);
    }
    console.error(`listening on port ${bound}`);
  });
}

// An object that has these members (name -> type) and no others.
export function readJson(body, members) {
  let asked;
  try {
    asked = JSON.parse(body);
  } catch (error) {
    throw new BadCall(`The body must be JSON: ${error.message}.`);
  }
  const names = Object.keys(members);
  if (Object.keys(asked ?? {}).length !== names.length || names.some(one => typeof asked[one] !== members[one])) {
    throw new BadCall(`The body must have ${names.map(one => `${one} (${members[one]})`).join(', ')} and nothing else.`);
  }
  return asked;
}

async function readBody(request) {
  if (Number(request.headers['content-length'] ?? 0) > BODY_BYTES_MAX) return undefined;
  const pieces = [];
  let size = 0;
  for await (const piece of request) {
    size += piece.length;
    if (size > BODY_BYTES_MAX) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function respond(store, calls, looks, request, body) {
  const target = request.url;
  try {
    const beginning = Object.keys(looks).find(one => request.method === 'GET' && target.startsWith(one));
    if (beginning) {
      const told = looks[beginning](store, decodeURIComponent(target.slice(beginning.length)));
      return {status: 200, body: JSON.stringify(told)};
    }
    if (request.method !== 'POST' || !Object.hasOwn(calls, target)) {
      return problem(404, `There are POST ${Object.keys(calls).join(', ')} and GET ${Object.keys(looks).join(', ')}.`);
    }
    const [operation, business] = calls[target];
    const call = readCall(request.headers, request.method, target, body);
    if (call.operation !== operation) throw new BadCall(`${target} is the ${operation}.`);
    return perform(store, call, tx => business(tx, call, body));
  } catch (error) {
    if (error instanceof BadCall) return problem(400, error.message);
    console.error(error);  // everything was taken back: the coordinator asks again
    return {...problem(500, "Nothing was changed; the service's log says why."), outcome: 'failed'};
  }
}

function problem(status, detail) {
  return {status, body: JSON.stringify({status, detail})};
}
