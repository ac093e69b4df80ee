// The messages of one queue: which are visible, delayed, in flight, and until when.  Knows
// nothing of names, pollers or locks; the Store calls it under its mutex.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "queue/bad_day.h"
#include "queue/failure.h"
#include "queue/message.h"

namespace bauta::queue {

struct Instant {
  SteadyTime steady;     // For delays and visibility.
  std::int64_t wall_ms;  // For timestamps and retention.
};

class Mailbox {
 public:
  // `id` tells this mailbox's receipt handles from those of others; `key` makes them hard to
  // invent.
  Mailbox(std::uint64_t id, std::uint64_t key) : id_(id), key_(key) {}

  struct Counts {
    std::size_t visible = 0, in_flight = 0, delayed = 0;
  };
  Counts counts() const;
  bool HasVisible() const { return !visible_.empty(); }
  // When the next delayed or invisible message becomes visible.
  std::optional<SteadyTime> NextDue() const;

  // What became visible by `now` is so; what is older than `retention` is gone.
  void Advance(const Instant& now, std::chrono::seconds retention);
  void Add(SharedContent content, const Instant& now, std::chrono::seconds delay);

  // A message on its way to a dead-letter queue.
  struct Dead {
    SharedContent content;
    std::int64_t sent_ms = 0;
    std::int64_t first_received_ms = 0;
    std::uint32_t receives = 0;
  };
  void Adopt(Dead dead, std::string source_arn);

  struct Taking {
    std::size_t max = 1;
    std::chrono::seconds visibility{0};
    std::optional<std::uint32_t> max_receives;  // Those received that often are dead instead.
  };
  // Receives, the oldest first unless the weather is against it, and hides them.
  std::vector<Received> Take(const Taking& taking, const Instant& now, Weather& weather,
                             std::vector<Dead>& dead);

  // Fine if the message is gone; ReceiptHandleIsInvalid if the handle never was one of ours.
  Outcome<> Delete(std::string_view handle);
  Outcome<> ChangeVisibility(std::string_view handle, const Instant& now,
                             std::chrono::seconds visibility);
  void Clear();

 private:
  enum class State { kVisible, kDelayed, kInFlight };
  struct Message {
    SharedContent content;
    std::int64_t sent_ms = 0;
    std::int64_t first_received_ms = 0;
    std::uint32_t receives = 0;       // In all queues; what is shown.
    std::uint32_t receives_here = 0;  // What a redrive policy counts.
    std::string dead_letter_source;
    State state = State::kVisible;
    SteadyTime due{};          // While delayed or in flight.
    SteadyTime received_at{};  // Last receipt.
  };
  using Number = std::uint64_t;  // Of a message; grows in the order of arrival.

  void Insert(Message message);
  void Show(Number number, Message& message);
  void Hide(Number number, Message& message, State state, SteadyTime until);
  void Unlist(Number number, const Message& message);  // From visible_ or due_.
  void Erase(Number number);
  Number Pick(Weather& weather) const;
  Received Receive(Number number, Message& message, const Instant& now);
  Outcome<Number> NumberOf(std::string_view handle) const;

  const std::uint64_t id_, key_;
  Number next_ = 0;
  std::uint64_t receipts_ = 0;
  std::unordered_map<Number, Message> messages_;
  std::set<Number> visible_;
  std::set<std::pair<SteadyTime, Number>> due_;       // Delayed and in flight.
  std::set<std::pair<std::int64_t, Number>> by_age_;  // All, by sent_ms.
  std::size_t in_flight_ = 0;
};

}  // namespace bauta::queue
