// The barrier: calls that come twice, late or in the wrong order take effect once or not at all. One row for each saga and
// step stands in the service's own store, and is written in the transaction that changes the business.
import {createHash} from 'node:crypto';

const GENERATION_MAX = 1_000_000_000;

// The headers cannot be read: answer 400, without an outcome.
export class BadCall extends Error {}

export function done(body) {
  return {status: 200, outcome: 'done', body: JSON.stringify(body)};
}

// A promise that nothing happened: whatever the business has changed is taken back.
export function rejected(kind, detail) {
  return problem(409, 'rejected', kind, detail);
}

function problem(status, outcome, kind, detail) {
  return {status, outcome, body: JSON.stringify({type: `urn:sagad:problem:${kind}`, status, detail})};
}

export function readCall(headers, method, target, body) {
  const wanted = (name, pattern, what) => {
    const value = headers[name.toLowerCase()] ?? '';
    if (!pattern.test(value)) throw new BadCall(`${name} must be ${what}.`);
    return value;
  };
  const call = {
    saga: wanted('Saga-Id', /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/, "a saga's id: 26 characters of Crockford's base32"),
    step: wanted('Saga-Step', /^[a-z][a-z0-9_-]{0,63}$/, "a step's name"),
    operation: wanted('Saga-Operation', /^(action|compensation)$/, 'action or compensation'),
    generation: Number(wanted('Saga-Generation', /^[0-9]{1,10}$/, 'an integer')),
    digest: digestOf(Buffer.from(method), Buffer.from(target), body),
  };
  if (call.generation > GENERATION_MAX) throw new BadCall(`Saga-Generation must be at most ${GENERATION_MAX}.`);
  return call;
}

// SHA-256; each field behind its length, so that no byte can move from one to the next unnoticed.
function digestOf(...fields) {
  const digest = createHash('sha256');
  for (const field of fields) {
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(field.length));
    digest.update(size).update(field);
  }
  return digest.digest('hex');
}

// Runs `business(tx)` once or not at all. What it throws takes everything back.
export function perform(store, call, business) {
  return store.transaction(tx => call.operation === 'action' ? act(tx, call, business) : undo(tx, call, business));
}

function act(tx, call, business) {
  const row = tx.get('barrier', keyOf(call));
  if (row === undefined) return runAction(tx, call, business);
  if (row.state === 'undone') {
    return problem(410, 'refused', 'refused', 'The step was undone; its action will not be run any more.');
  }
  if (call.generation < row.generation) {
    return problem(410, 'refused', 'refused', 'A later generation of this action has been seen.');
  }
  if (call.generation === row.generation) {
    if (call.digest === row.digest) return {status: row.status, outcome: row.state, body: row.body};
    return problem(412, 'differs', 'differs', 'The same generation came with another request.');
  }
  if (row.state === 'done') {
    return problem(412, 'differs', 'differs', 'An earlier generation of this action took effect.');
  }
  return runAction(tx, call, business);  // a new generation of what was rejected, and so did nothing
}

function undo(tx, call, business) {
  const row = tx.get('barrier', keyOf(call));
  if (row?.state === 'undone') return {status: row.undo.status, outcome: 'done', body: row.undo.body};
  // Before its action, or of an action that did nothing, there is nothing to undo. The row shuts the door on an action
  // that comes later.
  const answer = row?.state === 'done' ? business(tx) : done({result: 'nothing-to-undo'});
  if (answer.outcome !== 'done') throw new Error('a compensation must always be possible');
  tx.put('barrier', keyOf(call), {generation: 0, ...row, state: 'undone', undo: answer, at: Date.now()});
  return answer;
}

function runAction(tx, call, business) {
  const answer = tx.attempt(() => business(tx), one => one.outcome !== 'rejected');
  tx.put('barrier', keyOf(call), {
    generation: call.generation, state: answer.outcome, digest: call.digest, status: answer.status, body: answer.body,
    at: Date.now(),
  });
  return answer;
}

function keyOf(call) {
  return `${call.saga}/${call.step}`;
}
