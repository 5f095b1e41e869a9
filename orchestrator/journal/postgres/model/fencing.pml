/* Who may write and who may call, as the lease and the append statement decide it: README.md says what each step stands
 * for, what is left out, and which -D makes it fail by which assertion.
 *
 * One partition. Nodes are opened, ask the database, and call a participant; a statement goes on when its client is
 * gone. Nothing is fair, and nothing is ordered but what the database orders. */

#ifndef NODES
#define NODES 2
#endif
#ifndef OPENINGS
#define OPENINGS 3  /* the first one and take-overs */
#endif
#ifndef POSITIONS
#define POSITIONS 2
#endif
#ifndef BATCHES
#define BATCHES 1   /* that an opening appends; one record each */
#endif
#ifndef TTL
#define TTL 1       /* of a lease, in ticks */
#endif
#define STATEMENTS 3  /* at the database at once */

/* A take-over that its node gave up, and that comes when the node has the partition by a later one. */
#ifdef LATE_TAKEOVER
#define LATE 1
#else
#define LATE 0
#endif

#ifdef NO_MARGIN
#define TRUSTED_FOR (TTL + 1) /* by a clock that runs slow */
#else
#define TRUSTED_FOR TTL /* at most, by the slowest clock that the margin allows for */
#endif

#ifndef REACH
#define REACH 0
#endif
/* A place that must be reached: a run with its number must fail here. */
#define reached(number, never) if :: (REACH == number) -> never = false; assert(never) :: else fi
#if REACH == 2 || defined(TAIL_OF_THE_TAKE_OVER)
#define WITH_SNAPSHOT_TAIL
#endif

/* A statement: none, or of which kind and how far. All began, and have a snapshot. */
mtype = { takeover_waits, late_takeover_waits, renewal_waits, append_waits, append_locked, append_wrote, append_wrote_nothing, none };
/* A node. */
mtype = { closed, taking, taken, open };

typedef statement_state {
  mtype is = none;
  byte client;   /* a node, from 1; 0: it is gone */
  byte opening;  /* whose: the `owner` column's text */
  byte epoch;
  byte position; /* of the record; of a take-over: the tail in its snapshot */
  byte tag;      /* the record */
  byte age;      /* of a renewal or take-over, since it was sent: now() stands still in a transaction */
}

typedef node_state {
  mtype at = closed;
  byte opening;
  byte epoch;
  byte tail;     /* its last position */
  byte batches;  /* that it began to append */
  byte tag;      /* what is being appended; 0: nothing */
  bool waits;    /* for the answer of a batch; else it is to be sent, perhaps again */
  bool renews;   /* the lease */
  byte trust;    /* ticks for which the lease is trusted */
  byte was;      /* under which opening's text it had the partition, when it is lost and the process lives */
}

/* The database's: the partition's row, and its records. */
byte epoch, owner, lease_left;
bool locked;
byte record[POSITIONS + 1];
statement_state statement[STATEMENTS];
node_state node[NODES];
byte call;      /* let go by a node, and not arrived */

/* Watched, and known to nobody. */
byte openings;      /* the last one is the present owner */
byte reader;        /* the present owner, when it has read the tail */
byte reader_tail;   /* that it saw */
byte writer[OPENINGS + LATE + 1]; /* of each epoch */
byte late_takeovers; /* that were sent */
/* What is asserted is the name of each of these. */
bool one_writer_of_an_epoch = true;
bool nothing_follows_the_tail_read = true;
bool a_position_is_given_once = true;
bool what_is_told_durable_is_there = true;
bool what_is_written_is_waited_for = true;
bool calls_are_accounted_for = true;
bool calls_are_made_by_nobody_else = true;
/* And of what must be reached. */
bool never_refused_after_waiting = true;
bool never_taken_behind_an_append = true;
bool never_found_its_twin = true;
bool never_written_for_the_dead = true;
bool never_arrived_late = true;
bool never_went_on_when_over = true;
bool never_renewed_late = true;
bool never_taken_late = true;

#define free_for(text) (owner == 0 || lease_left == 0 || (text != 0 && owner == text))
#define left_of(s) (statement[s].age < TTL -> TTL - statement[s].age : 0)
#define opening_of(tag) ((tag) >> 2)

/* Statements ----------------------------------------------------------------------------------------------------- */

inline forget(s) {
  statement[s].is = none;
  statement[s].client = 0;
  statement[s].opening = 0;
  statement[s].epoch = 0;
  statement[s].position = 0;
  statement[s].tag = 0;
  statement[s].age = 0
}

/* Which one is which is of no consequence: they are kept in an order, so that less is explored. */
#define rank(s) ((((statement[s].is * 4 + statement[s].client) * 4 + statement[s].epoch) * 32 + statement[s].tag) * 4 + \
                 statement[s].position) * 4 + statement[s].age
#define swap(field, s, t) swapped = statement[s].field; statement[s].field = statement[t].field; statement[t].field = swapped
inline order_two(s, t) {
  if
  :: rank(s) < rank(t) ->
    swap(is, s, t); swap(client, s, t); swap(opening, s, t); swap(epoch, s, t);
    swap(position, s, t); swap(tag, s, t); swap(age, s, t)
  :: else
  fi
}
hidden byte swapped;
inline order() { order_two(0, 1); order_two(1, 2); order_two(0, 1) }

#define any_free (statement[STATEMENTS - 1].is == none)

/* Of a node, which has it. */
#define is_append(s) (statement[s].is == append_waits || statement[s].is == append_locked || \
                      statement[s].is == append_wrote || statement[s].is == append_wrote_nothing)
#define has_append(n, s) (statement[s].client == n + 1 && is_append(s))
#define has(n, s, what) (statement[s].client == n + 1 && statement[s].is == what)

/* Each has a snapshot of its own, taken before it waits for anything: here when it is sent. What begins later sees no
 * less, and its now() is no earlier. What does not fit by its snapshot waits for nothing. */
inline send(what) {
  statement[STATEMENTS - 1].is = what;
  statement[STATEMENTS - 1].client = n + 1;
  statement[STATEMENTS - 1].opening = node[n].opening;
  statement[STATEMENTS - 1].epoch = node[n].epoch
}

inline send_batch() {
  send(append_waits);
  if :: epoch != node[n].epoch -> statement[STATEMENTS - 1].is = append_wrote_nothing :: else fi;
  statement[STATEMENTS - 1].position = node[n].tail + 1;
  statement[STATEMENTS - 1].tag = node[n].tag;
  order();
  node[n].waits = true
}

inline find_tail(tail) {
  tail = 0;
  do
  :: tail < POSITIONS && record[tail + 1] != 0 -> tail = tail + 1
  :: else -> break
  od
}

/* Nobody waits for it any more: it may be done all the same. */
inline leave(s) {
  if
  :: statement[s].is == append_wrote || statement[s].is == append_wrote_nothing -> forget(s)
  :: else -> statement[s].client = 0
  fi
}

/* Another has it, or it is its own in the table alone. */
inline lose(who) {
#ifdef LATE_TAKEOVER
  node[who].was = node[who].opening;
#endif
  stop(who)
}

/* With its memory; what it has sent goes on. */
inline stop(who) {
  i = 0;
  do
  :: i < STATEMENTS ->
    if :: statement[i].client == who + 1 -> leave(i) :: else fi;
    i = i + 1
  :: else -> i = 0; break
  od;
  node[who].at = closed;
  node[who].opening = 0;
  node[who].epoch = 0;
  node[who].tail = 0;
  node[who].batches = 0;
  node[who].tag = 0;
  node[who].waits = false;
  node[who].renews = false;
  node[who].trust = 0
}

/* Until it was sent + ttl - margin. */
inline trust_it(who, s) {
#ifdef TRUST_FROM_ANSWER
  node[who].trust = TRUSTED_FOR
#else
  node[who].trust = (statement[s].age < TRUSTED_FOR -> TRUSTED_FOR - statement[s].age : 0)
#endif
}

/* The database --------------------------------------------------------------------------------------------------- */

inline answer(s, what) {
  if
  :: statement[s].client != 0 -> statement[s].is = what
  :: else -> forget(s)
  fi
}

/* FOR UPDATE: has waited for the row, and reads it anew when it has changed since the snapshot. */
inline lock_for_append(s) {
#if defined(NO_LOCK)
  write(s)
#elif defined(NO_RECHECK)
  locked = true;
  statement[s].is = append_locked
#else
  if
  :: epoch == statement[s].epoch -> locked = true; statement[s].is = append_locked
  :: else -> reached(1, never_refused_after_waiting); answer(s, append_wrote_nothing)
  fi
#endif
}

inline write(s) {
#ifdef NO_KEY
  a_position_is_given_once = (record[statement[s].position] == 0);
  assert(a_position_is_given_once);
#endif
  if
  :: record[statement[s].position] != 0 -> answer(s, append_wrote_nothing)
  :: else ->
    record[statement[s].position] = statement[s].tag;
    watch_written(s);
    answer(s, append_wrote)
  fi
}

inline watch_written(s) {
  nothing_follows_the_tail_read = (reader == 0 || reader == statement[s].opening);
  assert(nothing_follows_the_tail_read);
  if
  :: writer[statement[s].epoch] == 0 -> writer[statement[s].epoch] = statement[s].opening
  :: else -> one_writer_of_an_epoch = (writer[statement[s].epoch] == statement[s].opening); assert(one_writer_of_an_epoch)
  fi;
  do
  :: i < NODES ->
    what_is_written_is_waited_for =
        (node[i].at != open || node[i].opening != statement[s].opening || node[i].tag == statement[s].tag);
    assert(what_is_written_is_waited_for);
    i = i + 1
  :: else -> i = 0; break
  od;
  if :: statement[s].client == 0 -> reached(4, never_written_for_the_dead) :: else fi
}

/* Its answer is taken, or its client has left: one that comes later has the same end of the lease. */
inline renew(s) {
  if
  :: owner == statement[s].opening && epoch == statement[s].epoch ->
    if
    :: left_of(s) >= lease_left -> lease_left = left_of(s)
    :: else ->
      reached(7, never_renewed_late);
#ifdef RENEWAL_SHORTENS
      lease_left = left_of(s)
#endif
    fi;
    if :: statement[s].client != 0 -> trust_it(statement[s].client - 1, s) :: else fi
  :: else ->
    if :: statement[s].client != 0 -> client = statement[s].client - 1; lose(client); client = 0 :: else fi
  fi;
  forget(s)
}

/* Raises the epoch, in a statement that reads no record. */
inline take(s) {
  if
  :: free_for(statement[s].opening) && openings < OPENINGS ->
    openings = openings + 1;
#ifndef NO_EPOCH
    epoch = epoch + 1;
#endif
    owner = openings;
    if :: left_of(s) >= lease_left -> lease_left = left_of(s) :: else fi;
    reader = 0;
    reader_tail = 0;
#ifdef WITH_SNAPSHOT_TAIL
    find_tail(i);
    if :: i > statement[s].position -> reached(2, never_taken_behind_an_append) :: else fi;
    i = 0;
#endif
    if
    :: statement[s].client != 0 ->
      node[statement[s].client - 1].at = taken;
      node[statement[s].client - 1].opening = openings;
      node[statement[s].client - 1].epoch = epoch;
      node[statement[s].client - 1].tail = statement[s].position;
      trust_it(statement[s].client - 1, s)
    :: else
    fi
  :: else ->
    if :: statement[s].client != 0 -> node[statement[s].client - 1].at = closed :: else fi
  fi;
  forget(s)
}

/* The same statement, where its node has the partition by now: it finds its own name there, and raises the epoch. */
inline take_late(s) {
  if
  :: owner == statement[s].opening ->
    reached(8, never_taken_late);
    epoch = epoch + 1;
#ifdef TAKEOVER_SHORTENS
    lease_left = left_of(s);
#else
    if :: left_of(s) >= lease_left -> lease_left = left_of(s) :: else fi;
#endif
    reader = 0;
    reader_tail = 0
  :: else
  fi;
  forget(s)
}

proctype serve(byte s) {
  byte i, client;
  do
#ifdef NO_LOCK
  :: atomic { statement[s].is == append_waits -> lock_for_append(s); order() }
#else
  :: atomic { statement[s].is == append_waits && !locked -> lock_for_append(s); order() }
#endif
  :: atomic { statement[s].is == append_locked -> locked = false; write(s); order() }
  :: atomic { statement[s].is == renewal_waits && !locked -> renew(s); order() }
  :: atomic { statement[s].is == takeover_waits && !locked -> take(s); order() }
#ifdef LATE_TAKEOVER
  :: atomic { statement[s].is == late_takeover_waits && !locked -> take_late(s); order() }
#endif
  /* It gives up, or is ended, and has done nothing; its client has left before, or learns as much. */
  :: d_step { statement[s].client == 0 && statement[s].is != none ->
       if :: statement[s].is == append_locked -> locked = false :: else fi;
       forget(s);
       order() }
  od
}

/* A node --------------------------------------------------------------------------------------------------------- */

/* In a statement that begins after the take-over has committed. */
inline read_tail() {
#ifndef TAIL_OF_THE_TAKE_OVER
  find_tail(i);
  node[n].tail = i;
  i = 0;
#endif
  node[n].at = open;
  if
  :: node[n].opening == openings ->
    reader = node[n].opening;
    reader_tail = node[n].tail;
    nothing_follows_the_tail_read = (reader_tail == POSITIONS || record[reader_tail + 1] == 0);
    assert(nothing_follows_the_tail_read)
  :: else
  fi
}

inline settle_durable() {
  what_is_told_durable_is_there = (record[node[n].tail + 1] == node[n].tag);
  assert(what_is_told_durable_is_there);
  node[n].tail = node[n].tail + 1;
  node[n].tag = 0
}

/* The answer did not name the record: it is looked for by its position. Not there: another's, and this node is over. */
inline explain() {
  if
  :: record[node[n].tail + 1] == node[n].tag -> reached(3, never_found_its_twin); settle_durable()
  :: else -> lose(n)
  fi
}

inline take_answer(s) {
  node[n].waits = false;
  if
  :: statement[s].is == append_wrote ->
    if :: lease_left == 0 -> reached(6, never_went_on_when_over) :: else fi;
    forget(s);
    settle_durable()
  :: else -> forget(s); explain()
  fi;
  order()
}

inline lose_answer(s) {
  leave(s);
  order();
  node[n].waits = false;
#ifdef LOOK_INSTEAD_OF_SENDING_AGAIN
  if
  :: record[node[n].tail + 1] == node[n].tag -> settle_durable()
  :: else -> node[n].tag = 0
  fi
#endif
}

#ifdef NO_TRUST
#define may_call true
#else
#define may_call (node[n].trust > 0)
#endif
#ifdef CALL_BEFORE_DURABLE
#define callable (node[n].tag != 0 -> node[n].tag : (node[n].tail > 0 -> record[node[n].tail] : 0))
#else
#define callable (node[n].tail > 0 -> record[node[n].tail] : 0)
#endif

/* Only what is let go is asserted on: on its way it may be late, and then must be accounted for. */
inline let_a_call_go() {
  call = callable;
  calls_are_made_by_nobody_else = (openings == node[n].opening && lease_left > 0);
  assert(calls_are_made_by_nobody_else)
}

proctype live(byte n) {
  byte i;
  do
  /* opening */
  :: d_step { node[n].at == closed && openings < OPENINGS && free_for(node[n].was) && any_free ->
       send(takeover_waits);
       statement[STATEMENTS - 1].opening = node[n].was;
       node[n].was = 0;
#ifdef WITH_SNAPSHOT_TAIL
       find_tail(statement[STATEMENTS - 1].position);
#endif
       order();
       node[n].at = taking }
  :: atomic { node[n].at == taken -> read_tail() }
#ifdef LATE_TAKEOVER
  :: d_step { node[n].at == open && late_takeovers < LATE && any_free ->
       late_takeovers = late_takeovers + 1;
       send(late_takeover_waits);
       statement[STATEMENTS - 1].client = 0;
       order() }
#endif
  /* appending */
  :: d_step { node[n].at == open && node[n].tag == 0 && node[n].batches < BATCHES && node[n].tail < POSITIONS && any_free ->
       node[n].batches = node[n].batches + 1;
       node[n].tag = node[n].opening * 4 + node[n].batches;
       send_batch() }
  :: d_step { node[n].at == open && node[n].tag != 0 && !node[n].waits && any_free -> send_batch() }
  :: atomic { has(n, 0, append_wrote) || has(n, 0, append_wrote_nothing) -> take_answer(0) }
  :: atomic { has(n, 1, append_wrote) || has(n, 1, append_wrote_nothing) -> take_answer(1) }
  :: atomic { has(n, 2, append_wrote) || has(n, 2, append_wrote_nothing) -> take_answer(2) }
  :: atomic { has_append(n, 0) -> lose_answer(0) }
  :: atomic { has_append(n, 1) -> lose_answer(1) }
  :: atomic { has_append(n, 2) -> lose_answer(2) }
  /* the lease */
  :: d_step { node[n].at == open && !node[n].renews && any_free ->
       if
       :: owner == node[n].opening && epoch == node[n].epoch -> node[n].renews = true; send(renewal_waits); order()
       :: else -> lose(n); order()
       fi }
  :: d_step { has(n, 0, renewal_waits) -> leave(0); order(); node[n].renews = false }
  :: d_step { has(n, 1, renewal_waits) -> leave(1); order(); node[n].renews = false }
  :: d_step { has(n, 2, renewal_waits) -> leave(2); order(); node[n].renews = false }
  :: d_step { node[n].at == open && node[n].tag == 0 && !locked && owner == node[n].opening ->
       owner = 0;
       lease_left = 0;
       stop(n);
       order() }
  /* calls */
  :: atomic { node[n].at == open && call == 0 && callable != 0 && may_call -> let_a_call_go() }
  /* it is killed */
  :: d_step { node[n].at != closed -> stop(n); order() }
  :: d_step { node[n].was != 0 -> node[n].was = 0 }
  od
}

/* The participant, and time -------------------------------------------------------------------------------------- */

inline arrive() {
  i = 1;
  do
  :: i <= POSITIONS && record[i] != call -> i = i + 1
  :: else -> break
  od;
  calls_are_accounted_for = (i <= POSITIONS && (reader == 0 || reader == opening_of(call) || i <= reader_tail));
  assert(calls_are_accounted_for);
  i = 0;
  if :: reader != 0 && reader != opening_of(call) -> reached(5, never_arrived_late) :: else fi;
  call = 0
}

active proctype participant() {
  byte i;
  do
  :: atomic { call != 0 -> arrive() }
  od
}

#define down(clock) if :: clock > 0 -> clock = clock - 1 :: else fi
#define up(clock, most) if :: clock < most -> clock = clock + 1 :: else fi

active proctype pass() {
  byte i;
  do
  :: d_step {
       down(lease_left);
       do
       :: i < STATEMENTS ->
         if
         :: statement[i].is == renewal_waits || statement[i].is == takeover_waits ||
            statement[i].is == late_takeover_waits -> up(statement[i].age, TRUSTED_FOR)
         :: else
         fi;
         i = i + 1
       :: else -> i = 0; break
       od;
       order();
       do
       :: i < NODES -> down(node[i].trust); i = i + 1
       :: else -> i = 0; break
       od
     }
  od
}

/* The first opening is over: node 0 has taken what nobody had. */
init {
  byte i;
  atomic {
    openings = 1;
    epoch = 1;
    owner = 1;
    lease_left = TTL;
    reader = 1;
    node[0].at = open;
    node[0].opening = 1;
    node[0].epoch = 1;
    node[0].trust = TTL;
    do
    :: i < STATEMENTS -> run serve(i); i = i + 1
    :: else -> i = 0; break
    od;
    do
    :: i < NODES -> run live(i); i = i + 1
    :: else -> break
    od
  }
}
