// What the example's store in JavaScript takes back, and what it believes of a file after a crash. ROOT names the tree.
import assert from 'node:assert/strict';
import {appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, test} from 'node:test';

const {done, perform, rejected} = await import(join(process.env.ROOT, 'examples/4_own_service/javascript/barrier.mjs'));
const {Store} = await import(join(process.env.ROOT, 'examples/4_own_service/javascript/store.mjs'));

let folder, path;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sagad-store-'));
  path = join(folder, 'db');
});
afterEach(() => rmSync(folder, {recursive: true}));

const effects = store => store.values('effects').length;
const put = (store, key) => store.transaction(tx => tx.put('effects', key, {key}));

function run(store, answer, operation = 'action') {
  const call = {saga: '01JF0000000000000000000001', step: 'seat', operation, generation: 1, digest: 'digest'};
  return perform(store, call, tx => {
    tx.put('effects', operation, {});
    if (answer instanceof Error) throw answer;
    return answer;
  });
}

test('a rejection takes the business back and keeps the row', () => {
  const store = new Store(path);
  assert.equal(run(store, rejected('no', 'No.')).outcome, 'rejected');
  assert.equal(effects(store), 0);
  assert.equal(run(store, done({})).outcome, 'rejected');
});

test('a failure takes everything back', () => {
  const store = new Store(path);
  assert.throws(() => run(store, new RangeError()), RangeError);
  assert.equal(effects(store), 0);
  assert.equal(run(store, done({})).outcome, 'done');
  assert.equal(effects(new Store(path)), 1);
});

test('a compensation that fails is run again', () => {
  const store = new Store(path);
  run(store, done({}));
  assert.throws(() => run(store, new RangeError(), 'compensation'), RangeError);
  assert.throws(() => run(store, rejected('no', 'No.'), 'compensation'));
  assert.equal(effects(store), 1);
  assert.equal(run(store, done({}), 'compensation').outcome, 'done');
  assert.equal(effects(new Store(path)), 2);
});

test('a transaction sees its own changes, and others see them after it', () => {
  const store = new Store(path);
  put(store, 'a');
  store.transaction(tx => {
    tx.put('effects', 'a', null);
    assert.equal(tx.get('effects', 'a'), undefined);
    assert.equal(effects(store), 1);
  });
  assert.equal(effects(store), 0);
  assert.equal(effects(new Store(path)), 0);
});

test('a last line that a crash has cut is dropped wherever it ends', () => {
  put(new Store(path), 'a');
  const kept = readFileSync(path);
  put(new Store(path), 'b');
  const whole = readFileSync(path);
  for (let end = kept.length; end < whole.length; ++end) {
    writeFileSync(path, whole.subarray(0, end));
    const store = new Store(path);
    assert.equal(effects(store), 1);
    put(store, 'c');
    assert.equal(effects(new Store(path)), 2);
  }
});

test('a last line that holds something else is dropped', () => {
  put(new Store(path), 'a');
  appendFileSync(path, '\0\0\0\0\n');
  assert.equal(effects(new Store(path)), 1);
});

test('damage before the last line is refused with its place', () => {
  const store = new Store(path);
  put(store, 'a');
  put(store, 'b');
  const bytes = readFileSync(path);
  bytes[20] ^= 1;
  writeFileSync(path, bytes);
  assert.throws(() => new Store(path), /damaged at byte 0/);
});
