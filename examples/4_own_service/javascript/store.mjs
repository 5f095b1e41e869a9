// A small database in one file: each transaction is a line, written and synced before it is answered. What a crash leaves
// of a last line is cut off; a broken line before it is damage. The file belongs to one process: start it under flock.
import {createHash} from 'node:crypto';
import {closeSync, fdatasyncSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync} from 'node:fs';
import {dirname, resolve} from 'node:path';

const CHECK_DIGITS = 16;

export class Store {
  #tables = new Map();
  #file;

  constructor(path) {
    this.#file = openSync(path, 'a+');
    const lines = readFileSync(path);
    let begin = 0;
    for (let end; (end = lines.indexOf(10, begin)) >= 0; begin = end + 1) {
      const changes = read(lines.toString('utf8', begin, end));
      if (changes === undefined && end + 1 < lines.length) throw new Error(`${path} is damaged at byte ${begin}`);
      if (changes === undefined) break;
      this.#apply(changes);
    }
    ftruncateSync(this.#file, begin);
    fsyncSync(this.#file);
    const folder = openSync(dirname(resolve(path)), 'r');
    fsyncSync(folder);
    closeSync(folder);
  }

  // Runs `work(tx)` and makes all of its changes durable, or none. It may not await: nothing comes in between.
  transaction(work) {
    const tx = new Transaction(this.#tables);
    const answer = work(tx);
    const changes = [...tx.changes.values()];
    if (changes.length > 0) {
      this.#append(changes);
      this.#apply(changes);
    }
    return answer;
  }

  values(table) {
    return [...(this.#tables.get(table)?.values() ?? [])];
  }

  #append(changes) {
    const text = JSON.stringify(changes);
    const line = Buffer.from(`${check(text)} ${text}\n`);
    try {
      for (let sent = 0; sent < line.length;) sent += writeSync(this.#file, line, sent);
      fdatasyncSync(this.#file);
    } catch (error) {
      // Nobody knows what the disk has now. A new process sees it; going on here would not.
      console.error(`the store cannot be written: ${error.message}`);
      process.exit(74);
    }
  }

  #apply(changes) {
    for (const [table, key, value] of changes) {
      if (!this.#tables.has(table)) this.#tables.set(table, new Map());
      if (value === null) this.#tables.get(table).delete(key);
      else this.#tables.get(table).set(key, value);
    }
  }
}

class Transaction {
  changes = new Map();
  #tables;

  constructor(tables) {
    this.#tables = tables;
  }

  get(table, key) {
    const changed = this.changes.get(JSON.stringify([table, key]));
    return (changed ? changed[2] : this.#tables.get(table)?.get(key)) ?? undefined;
  }

  // `value`: anything that JSON has; it is not changed afterwards. null deletes.
  put(table, key, value) {
    this.changes.set(JSON.stringify([table, key]), [table, key, value]);
  }

  // Runs `work()`, and takes its changes back when `keep(answer)` is false.
  attempt(work, keep) {
    const before = new Map(this.changes);
    const answer = work();
    if (!keep(answer)) this.changes = before;
    return answer;
  }
}

function check(text) {
  return createHash('sha256').update(text).digest('hex').slice(0, CHECK_DIGITS);
}

function read(line) {
  const text = line.slice(CHECK_DIGITS + 1);
  return line.slice(0, CHECK_DIGITS) === check(text) ? JSON.parse(text) : undefined;
}
