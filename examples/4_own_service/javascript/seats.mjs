#!/usr/bin/env node
// seats.mjs --listen 127.0.0.1:8104 --database seats.db [--port-file FILE]: seats of shows, each taken once.
import {renameSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {parseArgs} from 'node:util';

import {BadCall, done, perform, readCall, rejected} from './barrier.mjs';
import {Store} from './store.mjs';

const BODY_BYTES_MAX = 65536;

// The business: what it is given is an open transaction.

function take(tx, call, body) {
  const {show, seat} = readJson(body, ['show', 'seat']);
  const place = JSON.stringify([show, seat]);
  if (tx.get('seats', place)) return rejected('seat-taken', `Seat ${seat} of ${show} is taken.`);
  tx.put('seats', place, {show, saga: call.saga, step: call.step});
  tx.put('taken_by', `${call.saga}/${call.step}`, place);
  return done({show, seat});
}

// By saga and step: what the action answered may never have arrived.
function giveBack(tx, call) {
  const taken = `${call.saga}/${call.step}`;
  tx.put('seats', tx.get('taken_by', taken), null);
  tx.put('taken_by', taken, null);
  return done({given_back: true});
}

function countTaken(store, show) {
  return {taken: store.values('seats').filter(one => one.show === show).length};
}

const CALLS = {'/v1/seats': ['action', take], '/v1/seats/back': ['compensation', giveBack]};

// What carries it.

function readJson(body, members) {
  let asked;
  try {
    asked = JSON.parse(body);
  } catch (error) {
    throw new BadCall(`The body must be JSON: ${error.message}.`);
  }
  const names = Object.keys(asked ?? {});
  if (names.length !== members.length || members.some(one => typeof asked[one] !== 'string')) {
    throw new BadCall(`The body must have ${members.join(', ')}, as text, and nothing else.`);
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

function respond(store, request, body) {
  const target = request.url;
  try {
    if (request.method === 'GET' && target.startsWith('/v1/shows/')) {
      return {status: 200, body: JSON.stringify(countTaken(store, decodeURIComponent(target.slice('/v1/shows/'.length))))};
    }
    if (request.method !== 'POST' || !Object.hasOwn(CALLS, target)) {
      return problem(404, `There are POST ${Object.keys(CALLS).join(', ')} and GET /v1/shows/{show}.`);
    }
    const [operation, business] = CALLS[target];
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

const {values: options} = parseArgs({options: {
  'listen': {type: 'string', default: '127.0.0.1:8104'},
  'database': {type: 'string', default: 'seats.db'},
  'port-file': {type: 'string'},
}});
const store = new Store(options.database);
const server = createServer(async (request, reply) => {
  const body = await readBody(request).catch(() => undefined);
  const answer = body ? respond(store, request, body) : problem(413, `A body has at most ${BODY_BYTES_MAX} bytes.`);
  const headers = {'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(answer.body)};
  if (answer.outcome) headers['Saga-Outcome'] = answer.outcome;
  if (!body) headers.Connection = 'close';
  reply.writeHead(answer.status, headers).end(answer.body);
});
server.keepAliveTimeout = 75_000;  // longer than sagad keeps an unused connection
const [host, port] = options.listen.split(':');
server.listen(Number(port), host, () => {
  const bound = server.address().port;
  if (options['port-file']) {
    writeFileSync(`${options['port-file']}.new`, `${bound}\n`);
    renameSync(`${options['port-file']}.new`, options['port-file']);
  }
  console.error(`listening on port ${bound}`);
});
