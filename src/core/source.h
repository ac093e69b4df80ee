#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <vector>

#include "base/result.h"
#include "core/message.h"

namespace bauta {

// Where messages come from.  Delivery is at least once: a message that is not acked comes again.
// A message belongs to whoever received it, and is kept from others by heartbeats, until it is
// acked or released.  Safe for use by several threads.
class Source {
 public:
  struct Requests {
    std::uint64_t receive = 0, remove = 0, visibility = 0;
  };

  virtual ~Source() = default;

  // Up to `max` messages, at most `bytes` of bodies (one message may exceed it): waits `wait` for
  // the first, then at most `fill` for more.  None in time is not an error.  Returns at once when
  // `stop` is requested.  Retries what is kRetryable by itself.
  virtual Result<std::vector<Message>> Receive(std::size_t max, std::size_t bytes,
                                               std::chrono::milliseconds wait,
                                               std::chrono::milliseconds fill,
                                               std::stop_token stop) = 0;

  // Done: do not deliver these again.  Call only once their fate is durable.  Returns at once; the
  // source deletes in the background and tries again until the receipt expires.
  virtual void Ack(std::vector<Message> messages) = 0;

  // Not done: deliver these again, at once if `now`, else after a pause that grows with the
  // receive count.  What follows them in their groups of a FIFO queue, and is not out, goes along.
  virtual void Release(std::vector<Message> messages, bool now) = 0;

  // True once nothing can be expected any more: every receiver came back empty and the queue
  // counted zero messages visible, in flight and delayed, twice.  Only asked under --until-empty.
  virtual bool Exhausted() = 0;

  // Starts no more receives, from any thread; returns at once.
  virtual void StopReceiving() = 0;

  // No more receives: awaits those in flight, releases what nobody took, waits for deletes.
  // False if that was not done by `deadline`.
  virtual bool Close(std::chrono::steady_clock::time_point deadline) = 0;

  virtual Requests requests() const = 0;
  // Deliveries taken from the queue so far, and those that it released by itself (on Close).
  virtual std::uint64_t received() const = 0;
  virtual std::uint64_t released() const = 0;
};

}  // namespace bauta
