// The messages of one queue: which are visible, delayed, in flight, and until when.  Knows
// nothing of names, pollers or locks; the Store calls it under its mutex.  Of a standard queue, or
// of a FIFO queue: mailbox_fifo.cc has what only those do.  mailbox_record.cc has what it takes to
// outlive the process.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "queue/bad_day.h"
#include "queue/failure.h"
#include "queue/groups.h"
#include "queue/journal.h"
#include "queue/message.h"
#include "queue/number_set.h"
#include "queue/receipt.h"
#include "queue/recent.h"

namespace bauta::queue {

struct Instant {
  SteadyTime steady;     // For delays and visibility.
  std::int64_t wall_ms;  // For timestamps and retention.
};

class Mailbox {
 public:
  enum class Kind { kStandard, kFifo };
  // `id` tells this mailbox's receipt handles from those of others; `key` makes them hard to
  // invent.
  Mailbox(std::uint64_t id, std::uint64_t key, Kind kind = Kind::kStandard)
      : id_(id), key_(key), fifo_(kind == Kind::kFifo) {}
  std::uint64_t id() const { return id_; }

  struct Counts {
    std::size_t visible = 0, in_flight = 0, delayed = 0;
  };
  Counts counts() const;
  // Some message could be received.
  bool HasReady() const { return fifo_ ? groups_.AnyReady() : !visible_.empty(); }
  // When the next delayed or invisible message becomes visible.
  std::optional<SteadyTime> NextDue() const;

  // What became visible by `now` is so; what is older than `retention` is gone.
  void Advance(const Instant& now, std::chrono::seconds retention);
  void Add(SharedContent content, const Instant& now, std::chrono::seconds delay);

  // To a FIFO queue, unless it was sent already.
  enum class Scope { kQueue, kGroup };  // Of the deduplication ids.
  struct Placed {
    std::string id;  // Of the message: the first one's if this was sent already.
    std::uint64_t sequence = 0;
  };
  Placed AddOnce(SharedContent content, const Instant& now, std::chrono::seconds delay,
                 Scope scope);

  // What there is, the oldest first, without receiving it: no handles.
  struct Peek {
    bool in_flight = false, delayed = false;  // These too.
  };
  std::vector<Received> List(const Peek& peek) const;

  // A message on its way to a dead-letter queue.
  struct Dead {
    SharedContent content;
    std::int64_t sent_ms = 0;
    std::int64_t first_received_ms = 0;
    std::uint32_t receives = 0;
  };
  // The message that would be received next, whoever receives it.
  struct Stored {
    std::uint64_t number;
    SharedContent content;
    std::shared_ptr<const std::string> dead_letter_source;
  };
  std::optional<Stored> First();
  void Drop(const Stored& stored) { Erase(stored.number); }
  void Adopt(Dead dead, const Instant& now, std::shared_ptr<const std::string> source_arn);

  struct Taking {
    std::size_t max = 1;
    std::chrono::seconds visibility{0};
    std::optional<std::uint32_t> max_receives;  // Those received that often are dead instead.
    std::string attempt;  // FIFO: who gave the same a moment ago gets the same once more.
  };
  // Receives, the oldest first unless the weather is against it, and hides them.
  std::vector<Received> Take(const Taking& taking, const Instant& now, Weather& weather,
                             std::vector<Dead>& dead);

  // Fine if the message is gone; ReceiptHandleIsInvalid if the handle never was one of ours.  On a
  // FIFO queue only the last handle counts, while it holds the message.
  Outcome<> Delete(std::string_view handle);
  Outcome<> ChangeVisibility(std::string_view handle, const Instant& now,
                             std::chrono::seconds visibility);
  void Clear();

  // Puts back what was there when the process ended: messages in the order of their numbers, then
  // the rest, then NoteChanges, which makes TakeChanges say what changes from there on.
  void Restore(MessageRecord record, const Instant& now);
  void Restore(const SentRecord& record, const Instant& now);
  void NoteChanges(const Counters& counters);
  bool HasChanges() const { return changes_ != nullptr && changes_->Any(); }
  MailboxChanges TakeChanges(const Instant& now);

 private:
  using State = MessageRecord::State;
  struct Message {
    SharedContent content;
    std::int64_t sent_ms = 0;
    std::int64_t first_received_ms = 0;
    std::uint32_t receives = 0;       // In all queues; what is shown.
    std::uint32_t receives_here = 0;  // What a redrive policy counts.
    std::shared_ptr<const std::string> dead_letter_source;
    State state = State::kVisible;
    SteadyTime due{};          // While delayed or in flight.
    SteadyTime received_at{};  // Last receipt.
    // On FIFO queues:
    std::uint64_t receipt = 0;             // The last.
    Groups::Group* group = nullptr;        // Only there.
    const std::string* attempt = nullptr;  // Its key in attempts_, while it may be repeated.
  };
  using Number = std::uint64_t;  // Of a message; grows in the order of arrival.

  static Received::Place ToPlace(State state);
  bool IsBehind(const Message& message) const;  // FIFO: one of its group in flight, or is it.
  Number Insert(Message message);
  void Show(Number number, Message& message);
  void Hide(Number number, Message& message, State state, SteadyTime until);
  void Unlist(Number number, Message& message);  // From where its state has it.
  Groups::Group* Remove(Number number);          // Its group, if that is still there.
  void Erase(Number number);
  Number Pick(Weather& weather) const;
  Received Receive(Number number, Message& message, const Instant& now);
  static bool IsDead(const Message& message, const Taking& taking) {
    return taking.max_receives && message.receives_here >= *taking.max_receives;
  }
  static Dead Bury(const Message& message);
  std::vector<Received> TakeAny(const Taking& taking, const Instant& now, Weather& weather,
                                std::vector<Dead>& dead);
  // What a handle stands for.
  struct Held {
    Number number = 0;
    Message* message = nullptr;  // Null: it is gone.
    bool expired = false;        // FIFO: the handle holds it no more.
  };
  Outcome<Held> Find(std::string_view handle);

  void Refresh(Groups::Group& group);
  std::vector<Received> TakeInOrder(const Taking& taking, const Instant& now,
                                    std::vector<Dead>& dead);
  Groups::Group* TakeFrom(Groups::Group& group, const Taking& taking, const Instant& now,
                          std::vector<Received>& taken, std::vector<Dead>& dead);
  static std::uint64_t Sequence(Number number);
  struct Attempt {
    SteadyTime until;
    std::vector<Received> messages;
  };
  void RememberAttempt(const std::string& id, Attempt attempt);
  Attempt ForgetAttempt(const std::string& id);
  std::optional<std::vector<Received>> Repeat(const Taking& taking, const Instant& now);

  MessageRecord ToRecord(Number number, const Message& message, const Instant& now) const;
  // Whose state is not what TakeChanges said last.
  struct Unsaid {
    struct Sent {
      std::string key, id;
      Number number;
      SteadyTime until;
    };
    std::vector<Number> added, changed;  // Some of them are gone.
    std::vector<Sent> sent;
    bool cleared = false;
    bool Any() const { return cleared || !added.empty() || !changed.empty() || !sent.empty(); }
  };
  void NoteChange(Number number) {
    if (changes_ != nullptr) changes_->changed.push_back(number);
  }

  const std::uint64_t id_, key_;
  const bool fifo_;
  Number next_ = 0;
  std::uint64_t receipts_ = 0;
  std::map<Number, Message> messages_;
  NumberSet visible_;                              // Of standard queues.
  std::set<std::pair<SteadyTime, Number>> due_;    // Delayed and in flight.
  std::int64_t newest_ms_ = 0;                     // The greatest sent_ms so far.
  std::set<std::pair<std::int64_t, Number>> odd_;  // By sent_ms, those older than one before them.
  std::size_t in_flight_ = 0;

  Groups groups_;                                      // Of FIFO queues, as are
  Recent<Placed> recent_;                              // by deduplication id, and
  std::unordered_map<std::string, Attempt> attempts_;  // receives that may be repeated.
  std::unique_ptr<Unsaid> changes_;                    // Null: nobody asks.
};

}  // namespace bauta::queue
