#!/usr/bin/env node
// seats.mjs --listen 127.0.0.1:8104 --database seats.db [--port-file FILE]: seats of shows, each taken once.
import {done, rejected} from './barrier.mjs';
import {readJson, serve} from './service.mjs';

function take(tx, call, body) {
  const {show, seat} = readJson(body, {show: 'string', seat: 'string'});
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

serve({
  calls: {'/v1/seats': ['action', take], '/v1/seats/back': ['compensation', giveBack]},
  looks: {'/v1/shows/': countTaken},
});
