#pragma once

#include <array>
#include <cstdint>
#include <iterator>

#include "tests/simulation/dice.hpp"

namespace sagad::simulation {

/// How bad the world is, in permille of the occasions. Each run draws its own: a run that has few kinds of faults, and
/// many of those, sees what an even mix never shows (A. Groce et al., "Swarm testing", 2012).
struct weather {
  unsigned refused = 0;         ///< connections: no byte is written
  unsigned held = 0;            ///< calls of a crowded participant that wait for a slot first
  unsigned request_lost = 0;    ///< on the way, after its bytes were written
  unsigned answer_lost = 0;     ///< the exchange times out
  unsigned answer_cut = 0;      ///< cut, unreadable or too large
  unsigned garbled = 0;         ///< an answer arrives that says nothing that can be believed
  unsigned doubled = 0;         ///< a request that arrives twice
  unsigned straggles = 0;       ///< a request that arrives when everything else is over
  unsigned slow = 0;            ///< work at a participant that takes longer than most timeouts
  unsigned fails_before = 0;    ///< a participant that fails and has done nothing
  unsigned fails_after = 0;     ///< a participant that fails and has done it
  unsigned busy = 0;            ///< 425, 429, 503
  unsigned rejects = 0;         ///< the business says no
  unsigned late = 0;            ///< 202 where an answer may come later
  unsigned job_fails = 0;       ///< what was accepted fails
  unsigned callback_lost = 0;   ///< or its answer
  unsigned append_unknown = 0;  ///< the journal does not know whether it wrote
  unsigned start_full = 0;      ///< it has no room for starts
  unsigned crash = 0;           ///< of the coordinator, in permille of a permille of the events
  unsigned dies_at_effect = 0;  ///< likewise, of what leaves it, just before that or just after
  unsigned drain = 0;           ///< the same, and it ends in good order
  unsigned lost = 0;            ///< a partition goes to another owner, until the coordinator's next life
  unsigned cramped = 0;         ///< a life that takes few sagas and lets few wait
  unsigned unconfigured = 0;    ///< a participant, when somebody is to be called
  unsigned confused = 0;        ///< a participant that rejects a compensation
  unsigned lies = 0;            ///< one that says the contrary of what it said, once that is acknowledged
  unsigned leaves = 0;          ///< a client that goes away while he waits
  unsigned reply_lost = 0;      ///< on its way to a client, who does not know what was done
  unsigned command = 0;         ///< an operator or client, at each look
  unsigned power = 0;           ///< fails with a crash: what was not synced may be lost
  unsigned disk_full = 0;       ///< for a while, whenever room is wanted
  unsigned sync_fails = 0;      ///< in permille of a permille, as the next two
  unsigned write_fails = 0;     ///< with a part of it written
  unsigned read_fails = 0;      ///< while the log is opened, and what is live is loaded
  unsigned dies_in_disk = 0;    ///< the process, in a write or sync
  unsigned damage = 0;          ///< of what is on the disk, tried on a copy at a crash
  unsigned clock_jumps = 0;     ///< the wall clock of the coordinator, as crash; more often between two lives
  unsigned apply = 0;           ///< a definition, later than the others
  unsigned trim = 0;            ///< of what the log keeps no longer
  unsigned archive_fails = 0;   ///< a call of whoever gets what is trimmed
  unsigned impatient = 0;       ///< a client that repeats a start at once
  unsigned upgrade = 0;         ///< another version runs from some moment on
  unsigned stands_still = 0;    ///< a node, as one that is stopped, for longer than its lease or not; as crash
  unsigned moves = 0;           ///< a partition, to another node; as crash
  unsigned commits_late = 0;    ///< what is on its way to a database, or was when its sender died
  unsigned message_late = 0;    ///< to a saga's owner, in each round of his
  unsigned message_twice = 0;
  unsigned new_version = 0;  ///< of a definition, at any node
  unsigned retire = 0;       ///< of a definition, at any node; some come back
  unsigned reads_away = 0;   ///< what one node asks the database is not answered for a while; as crash
  unsigned falls = 0;        ///< the database, for all nodes: it is begun again, or its standby promoted; as crash
  unsigned gives_up = 0;     ///< the database, what a node's round would write, or a message that it posts
  std::size_t input_bytes_max = 0;  ///< of a saga, beside what it needs: so that a segment of a log fills up
  millis delay_ms_max = 5;          ///< of a message
  millis commit_ms_max = 3;         ///< of the journal
};

/// By their names, as one may be left out of a run.
struct weather_part {
  const char* name;
  unsigned weather::*amount;
  bool fault = true;  ///< false: it is rare, and nothing is wrong
};
inline constexpr weather_part weather_parts[] = {
    {"refused", &weather::refused},
    {"held", &weather::held, false},
    {"request_lost", &weather::request_lost},
    {"answer_lost", &weather::answer_lost},
    {"answer_cut", &weather::answer_cut},
    {"garbled", &weather::garbled},
    {"doubled", &weather::doubled},
    {"straggles", &weather::straggles},
    {"slow", &weather::slow, false},
    {"fails_before", &weather::fails_before},
    {"fails_after", &weather::fails_after},
    {"busy", &weather::busy},
    {"rejects", &weather::rejects, false},
    {"late", &weather::late, false},
    {"job_fails", &weather::job_fails},
    {"callback_lost", &weather::callback_lost},
    {"append_unknown", &weather::append_unknown},
    {"start_full", &weather::start_full},
    {"crash", &weather::crash},
    {"dies_at_effect", &weather::dies_at_effect},
    {"drain", &weather::drain, false},
    {"lost", &weather::lost},
    {"cramped", &weather::cramped, false},
    {"unconfigured", &weather::unconfigured},
    {"confused", &weather::confused},
    {"lies", &weather::lies},
    {"leaves", &weather::leaves, false},
    {"reply_lost", &weather::reply_lost},
    {"command", &weather::command, false},
    {"power", &weather::power},
    {"disk_full", &weather::disk_full},
    {"sync_fails", &weather::sync_fails},
    {"write_fails", &weather::write_fails},
    {"read_fails", &weather::read_fails},
    {"dies_in_disk", &weather::dies_in_disk},
    {"damage", &weather::damage},
    {"clock_jumps", &weather::clock_jumps},
    {"apply", &weather::apply, false},
    {"trim", &weather::trim, false},
    {"archive_fails", &weather::archive_fails},
    {"impatient", &weather::impatient, false},
    {"upgrade", &weather::upgrade, false},
    {"stands_still", &weather::stands_still},
    {"moves", &weather::moves, false},
    {"commits_late", &weather::commits_late},
    {"message_late", &weather::message_late, false},
    {"message_twice", &weather::message_twice},
    {"new_version", &weather::new_version, false},
    {"retire", &weather::retire, false},
    {"reads_away", &weather::reads_away},
    {"falls", &weather::falls},
    {"gives_up", &weather::gives_up},
};
static_assert(std::size(weather_parts) < 64);

/// Of each of them, how often it struck.
using weather_counts = std::array<std::uint64_t, std::size(weather_parts)>;

constexpr std::size_t number_of(unsigned weather::*kind) noexcept {
  std::size_t number = 0;
  while (weather_parts[number].amount != kind) ++number;
  return number;
}

inline weather draw_weather(dice& dice) {
  const auto some = [&dice](unsigned most) {
    return dice.chance(400) ? static_cast<unsigned>(dice.below(most + 1)) : 0U;
  };
  weather made;
  made.refused = some(300);
  made.held = some(600);
  made.request_lost = some(200);
  made.answer_lost = some(200);
  made.answer_cut = some(150);
  made.garbled = some(150);
  made.doubled = some(300);
  made.straggles = some(100);
  made.slow = some(200);
  made.fails_before = some(200);
  made.fails_after = some(300);
  made.busy = some(250);
  made.rejects = some(200);
  made.late = dice.chance(500) ? 700 : some(900);
  made.job_fails = some(300);
  made.callback_lost = some(400);
  made.append_unknown = some(150);
  made.start_full = some(100);
  made.crash = some(40'000);
  made.dies_at_effect = some(20'000);
  made.drain = some(10'000);
  made.lost = some(15);
  made.cramped = some(300);
  made.unconfigured = some(50);
  made.confused = some(200);
  made.lies = some(300);
  made.leaves = some(500);
  made.reply_lost = some(500);
  made.clock_jumps = some(20'000);
  made.apply = some(800);
  made.command = some(400);
  made.upgrade = some(1000);
  // Jobs that fail while calls of other steps wait for a slot, over a journal that takes its time.
  const bool jams = dice.chance(150);
  if (jams) {
    made.held = 900;
    made.late = 800;
    made.job_fails = 700;
    made.callback_lost = 0;
  }
  made.delay_ms_max = dice.chance(300) ? 400 : dice.between(1, 40);
  made.commit_ms_max = jams || dice.chance(150) ? 300 : dice.between(0, 20);
  return made;
}

/// Of nodes that share a journal.
inline void draw_shared_weather(dice& dice, weather& into) {
  const auto some = [&dice](unsigned most) {
    return dice.chance(400) ? static_cast<unsigned>(dice.below(most + 1)) : 0U;
  };
  // A partition goes when another takes it; what asks in another order runs nowhere.
  into.lost = into.upgrade = 0;
  into.crash /= 2;
  into.stands_still = dice.chance(600) ? static_cast<unsigned>(dice.below(8000)) : 0;
  into.moves = some(8000);
  into.commits_late = some(150);
  into.message_late = some(700);
  into.message_twice = some(500);
  into.new_version = some(700);
  into.retire = some(500);
  into.reads_away = some(20'000);
  // Definitions that nodes can only ask for, and the journal does not answer all that they ask.
  if (dice.chance(150)) {
    into.apply = into.new_version = 700;
    into.reads_away = 20'000;
  }
  into.falls = some(6000);
  into.gives_up = some(900);
}

/// The disk's, for a run that has one.
inline void draw_disk_weather(dice& dice, weather& into) {
  const auto some = [&dice](unsigned most) {
    return dice.chance(400) ? static_cast<unsigned>(dice.below(most + 1)) : 0U;
  };
  // What a journal of files cannot do: it is one process's, and either knows what it has written or ends.
  into.lost = into.append_unknown = into.start_full = 0;
  into.power = some(1000);
  into.disk_full = some(400);
  into.sync_fails = some(20'000);
  into.write_fails = some(10'000);
  into.read_fails = some(20'000);
  into.dies_in_disk = some(20'000);
  into.damage = some(1000);
  into.impatient = some(500);
  into.trim = some(600);
  if (into.trim != 0 && dice.chance(500)) into.archive_fails = 30 + static_cast<unsigned>(dice.below(300));
  // Some write records that are larger than a segment.
  into.input_bytes_max = dice.chance(50) ? 100'000 : into.trim != 0 ? 60'000 : some(40'000);
}

}  // namespace sagad::simulation
