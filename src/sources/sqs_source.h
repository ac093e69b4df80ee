// Receives from one SQS queue: many receives in flight, heartbeats from the moment of receipt,
// batched deletes that are tried again until they hold.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "aws/credentials.h"
#include "aws/environment.h"
#include "aws/sqs_queue.h"
#include "base/clock.h"
#include "core/source.h"

namespace bauta::sources {

struct SqsOptions {
  std::size_t max_messages = 20'000;       // Held at once: buffered, handed out, being deleted.
  std::uint64_t max_bytes = 256ull << 20;  // Of the bodies among them that are not yet acked.
  std::chrono::seconds wait{20};           // Of a long poll; Close may last as long.
  int max_receives = 64;                   // In flight at once.
  std::uint64_t limit = ~0ull;             // Takes no more than this from the queue.
};

// A message that comes again while we hold it (its visibility ran out before a heartbeat got
// through) is not handed out twice: only its receipt is replaced, and it is not counted again.  So
// received() = acked + released by the caller + released() + held.
//
// Messages without a SentTimestamp have key.sent_ms 0.  A body that is not the one its MD5 names is
// left in the queue: it comes again, or ends in the dead-letter queue.
class SqsSource : public Source {
 public:
  // Finds the queue and reads its attributes.  kConfig: no such queue, no permission, bad settings;
  // kRetryable: no answer.
  static Result<std::unique_ptr<SqsSource>> Open(const aws::Wishes& wishes, SqsOptions options,
                                                 const aws::Environment& environment);
  // With a queue of one's own.  `clock` outlives it.
  SqsSource(std::unique_ptr<aws::SqsQueue> queue, std::chrono::seconds visibility,
            SqsOptions options, const Clock& clock);
  // Call Close first: what is held stays invisible until its visibility runs out.
  ~SqsSource() override;

  // kConfig if SQS said so in the middle of the run (the queue was deleted, permission was taken).
  Result<std::vector<Message>> Receive(std::size_t max, std::size_t bytes,
                                       std::chrono::milliseconds wait,
                                       std::chrono::milliseconds fill,
                                       std::stop_token stop) override;
  void Ack(std::vector<Message> messages) override;
  void Release(std::vector<Message> messages, bool now) override;
  // Does not block: looks and asks in the background, so call it again.
  bool Exhausted() override;
  bool Close(std::chrono::steady_clock::time_point deadline) override;
  Requests requests() const override;
  std::uint64_t received() const override;
  std::uint64_t released() const override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bauta::sources
