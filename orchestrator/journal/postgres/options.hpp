#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "base/record_format.hpp"
#include "journal/journal.hpp"

namespace sagad::journal::postgres {

/// How a database is opened as a journal.
struct options {
  std::string
      url;  ///< postgresql://..., or libpq's `name=value ...`; its search_path says in which schema the tables lie
  journal::retention retention;
  std::uint64_t identity = 0;                          ///< of the journal that is meant; 0: of whichever is there
  std::uint8_t reads_format = newest_record_format();  ///< the newest format of records that this program reads

  /// How long partitions stay with who does not renew his lease; renewed at a third of it.
  std::chrono::milliseconds lease{5'000};
  /// How often a node looks who else is there, which partitions are free, and what was posted.
  std::chrono::milliseconds poll{200};
  /// A message that was handed on and is not answered is handed on again after that.
  std::chrono::milliseconds message_patience{5'000};
  /// How long an answer is kept for whoever asks again.
  std::chrono::milliseconds message_kept{3'600'000};
  std::size_t messages_max = 1'000;  ///< that wait for an answer, of one partition; more are not kept

  std::chrono::milliseconds connect_timeout{5'000};
  /// After which the database gives a statement up. Whoever gets no answer for twice as long drops the connection.
  std::chrono::milliseconds statement_timeout{10'000};
  /// After which what is appended is sent again over another connection: when the server's machine has died no other
  /// sign of it may come. A lease lasts as long.
  std::chrono::milliseconds append_patience{5'000};
  /// Between two tries of what did not succeed: from the first to at most the second.
  std::chrono::milliseconds retry_min{20};
  std::chrono::milliseconds retry_max{1'000};
  /// How long a read is tried again before it is told as failed.
  std::chrono::milliseconds read_patience{5'000};
  /// How long a read waits for a table that somebody has locked.
  std::chrono::milliseconds read_lock_patience{1'000};
  /// How long a reactor waits for what it reads, all tries and the making of a connection included: whoever else it
  /// serves waits as long.
  std::chrono::milliseconds prompt_patience{1'000};

  /// How often it is written who lives; who takes over reads the records that came since.
  std::chrono::milliseconds live_written_every{1'000};

  std::size_t batch_entries_max = 4'096;
  std::size_t batch_bytes_max = 8U << 20U;  ///< of records; a larger record is a batch of its own
  std::size_t readers_max = 4;              ///< connections for reads, and as many for those of reactors
  std::size_t histories_bytes = 8U << 20U;  ///< of records, in an answer that tells of several sagas
  std::size_t scan_records = 128;           ///< in one answer
  std::size_t live_at_once = 20'000;        ///< of what is taken over, between two looks at everything else
  std::size_t trim_records = 512;           ///< looked at in one piece, at most
  /// How long a statement that frees a piece may take: nobody else writes in its partitions meanwhile. At most a tenth
  /// of a lease.
  std::chrono::milliseconds trim_patience{500};

  /// Hears what people should know while the journal is open, on any of its threads; empty: nobody does.
  std::function<void(const std::string&)> tell;
};

}  // namespace sagad::journal::postgres
