// How the tables of a data file are read and written.  One thread at a time.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "queue/journal.h"
#include "queue/sqlite.h"

namespace bauta::queue {

// The version of the tables; raise it with each change that an older Bauta would not understand.
inline constexpr std::int64_t kDataVersion = 1;
extern const char* const kDataTables;

// A message's place: its queue, then its number there, so that a queue's messages are neighbours
// and what is new goes to the end.
inline constexpr int kNumberBits = 40;
static_assert(kLastKeptQueue < std::uint64_t{1} << (63 - kNumberBits));
inline std::uint64_t PlaceOf(std::uint64_t queue, std::uint64_t number) {
  return queue << kNumberBits | number;
}

// kConfig, as what is not as it should be there.
Error Damaged(std::string_view what);

Result<Journal::Saved> ReadQueues(Database& database);
Result<> ReadMessages(Database& database, const Journal::MessageReader& reader);

// The statements that write.
class DataWriter {
 public:
  static Result<DataWriter> Make(Database& database);
  // Within a transaction.
  Result<> Write(const Changes& changes);

 private:
  Result<> Remove(std::uint64_t queue);
  Result<> Clear(std::uint64_t queue);
  Result<> Write(const QueueRecord& queue);
  Result<> Write(const MailboxChanges& mailbox);
  Result<> WriteState(std::uint64_t place, const MessageRecord& record);
  Result<> Add(std::uint64_t place, const MessageRecord& record);

  Statement server_, queue_, counters_, move_, message_, receipt_, sent_, no_queue_, no_counters_,
      no_moves_, no_message_, no_receipt_, no_messages_, no_receipts_, no_sent_, no_old_sent_;
};

}  // namespace bauta::queue
