// What outlives the process, as values, and who keeps it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "queue/message.h"
#include "queue/move_task.h"
#include "queue/settings.h"

namespace bauta::queue {

// Times are milliseconds since 1970: the only ones that mean the same after a restart.
struct MessageRecord {
  enum class State { kVisible, kDelayed, kInFlight };

  std::uint64_t number = 0;  // In its queue.
  SharedContent content;
  std::int64_t sent_ms = 0;
  std::shared_ptr<const std::string> dead_letter_source;
  // What changes later:
  State state = State::kVisible;
  std::int64_t due_ms = 0;  // Unless it is visible.
  std::uint32_t receives = 0, receives_here = 0;
  std::int64_t first_received_ms = 0, received_ms = 0;
  std::uint64_t receipt = 0;
  std::string attempt;  // Empty: none that may be repeated.
  std::int64_t attempt_until_ms = 0;
};

// What a FIFO queue was sent a moment ago.
struct SentRecord {
  std::string key, id;
  std::uint64_t number = 0;
  std::int64_t until_ms = 0;
};

// Ids of queues that are kept go so far: there is room for 2^40 messages of each in 63 bits.
inline constexpr std::uint64_t kLastKeptQueue = (std::uint64_t{1} << 23) - 1;

struct QueueRecord {
  std::uint64_t id = 0;
  std::string arn;
  bool deduplicates_by_group = false;
  Attributes attributes, tags;
  std::int64_t created_s = 0, modified_s = 0;
  std::optional<std::int64_t> purged_ms;
  std::vector<MoveTask> moves;  // The last first; `started` is not kept.
};

// How far a queue has counted: no number is given twice.
struct Counters {
  std::uint64_t next = 0, receipts = 0;
};

struct MailboxChanges {
  std::uint64_t queue = 0;
  Counters counters;
  bool cleared = false;                       // Nothing of what was there before is left.
  std::vector<MessageRecord> added, changed;  // Those of `changed` without what never changes.
  std::vector<std::uint64_t> gone;
  std::vector<SentRecord> sent;
};

// What changed between two moments, or rather what became of it.
struct Changes {
  std::int64_t now_ms = 0;
  std::uint64_t last_queue = 0;  // The highest id of a queue so far.
  std::vector<std::uint64_t> removed;
  std::vector<QueueRecord> queues;  // New and changed ones, whole.
  std::vector<MailboxChanges> mailboxes;
};

// Keeps queues and messages.  One thread at a time.
class Journal {
 public:
  struct SavedQueue {
    QueueRecord queue;
    Counters counters;
    std::vector<SentRecord> sent;  // The oldest first.
  };
  struct Saved {
    std::uint64_t receipt_key = 0;  // Of receipt handles.
    std::uint64_t last_queue = 0;
    std::vector<SavedQueue> queues;
  };
  using MessageReader = std::function<Result<>(std::uint64_t queue, MessageRecord)>;

  virtual ~Journal() = default;
  // Either fails as kConfig if what is there cannot be read.
  virtual Result<Saved> ReadQueues() = 0;
  // By queue and number.  What `reader` returns ends it.
  virtual Result<> ReadMessages(const MessageReader& reader) = 0;
  // All of it durable, or nothing: kRetryable.
  virtual Result<> Write(const Changes& changes) = 0;
};

}  // namespace bauta::queue
