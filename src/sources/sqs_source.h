// Receives from one SQS queue: many receives in flight, heartbeats from the moment of receipt,
// batched deletes that are tried again until they hold.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "aws/endpoint.h"
#include "aws/environment.h"
#include "aws/retry.h"
#include "aws/sqs_queue.h"
#include "base/clock.h"
#include "base/log.h"
#include "core/source.h"
#include "sources/buffer.h"
#include "sources/first_identity.h"
#include "sources/held.h"
#include "sources/receive_control.h"

namespace bauta::sources {

struct SqsOptions {
  std::size_t max_messages = 20'000;           // Held at once: buffered, handed out, being deleted.
  std::uint64_t max_bytes = 256ull << 20;      // Of the bodies among them that are not yet acked.
  std::chrono::seconds wait{20};               // Of a long poll; Close may last as long.
  int max_receives = 512;                      // In flight at once; of the other calls as many.
  std::uint64_t limit = ~0ull;                 // Takes no more than this from the queue.
  std::vector<std::string> system_attributes;  // Message::system holds these.
  bool fifo = false;                           // Keeps the order within groups.
  VerifyIdentity verify;                       // Of messages that were redriven.
};

// A message that comes again while we hold it (its visibility ran out before a heartbeat got
// through) is not handed out twice: only its receipt is replaced, and it is not counted again.  So
// received() = acked + released by the caller + released() + held.
//
// Two that were one message first (`bauta queue redrive` was killed between sending and deleting)
// are not held together: the second is given back at once, and the ledger knows it when it comes
// again.
//
// Messages without a SentTimestamp have key.sent_ms 0.  A body that came damaged
// (Received::intact), or a message with a NUL in its id, which no record can hold, is left in the
// queue: it comes again, or ends in the dead-letter queue.
//
// Nothing is received while heartbeats fail or do not keep up.  What nobody took for nearly 12
// hours, the longest that SQS allows, is released, and comes again.
//
// FIFO: what is handed out of a group is acked or released before more of it is handed out.  What
// is left in the queue, or released, takes all with it that follows in its group and is not out.
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
  void StopReceiving() override;
  // From StopReceiving on, what is given back waits until no receive is under way, so that none
  // takes it again: at the latest until shortly before `deadline`.
  bool Close(std::chrono::steady_clock::time_point deadline) override;
  Requests requests() const override;
  std::uint64_t received() const override;
  std::uint64_t released() const override;

 private:
  // A message that is to be given back, and one that is on its way: the rest of its visibility
  // is changed.
  struct Return {
    LedgerKey key;
    std::chrono::seconds visibility;
  };
  struct Handback {
    std::string receipt;
    std::chrono::seconds visibility;
    SteadyTime expires;  // From then on the queue shows it anyway.
  };
  struct Arrival {
    aws::Received message;
    Uuid copy;  // As in Held.
  };
  // A receive of a FIFO queue: asked for again by its id, it gives what it gave.
  struct Attempt {
    std::string id;
    std::uint64_t asked = 0;
    SteadyTime began;
  };
  static constexpr std::size_t kBatch = 10;  // SQS takes no more entries in a call.
  static constexpr std::chrono::milliseconds kLongestPause{5'000};  // Of what a receipt waits for.
  static constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();

  // With mutex_ held, but for the On… functions and HandBackAgain, which take it, and Recognise,
  // which the queue's thread calls without it: it hashes bodies.
  bool HasRoom() const;
  void StartReceives();
  Attempt NextAttempt(std::uint64_t asked);
  void OnReceived(Result<std::vector<aws::Received>> result, Attempt attempt,
                  std::uint64_t arrivals_before, SteadyTime began);
  void ReceiveFailed(const Error& error, Attempt attempt);
  std::vector<Arrival> Recognise(std::vector<aws::Received> messages);
  void AcceptAll(std::vector<Arrival> arrivals);
  bool LeftInQueue(const aws::Received& message);
  void Accept(Arrival arrival);
  void Wake();
  bool Enough(std::size_t count, std::size_t bytes) const;
  void AwaitMessages(std::unique_lock<std::mutex>& lock, std::stop_token stop,
                     std::chrono::milliseconds wait, std::size_t count, std::size_t bytes);

  int CallsInFlight() const;
  void FlushDeletes();
  void SendDelete();
  void OnDeleted(const std::vector<LedgerKey>& keys, const std::vector<std::size_t>& sent,
                 Result<std::vector<aws::Refused>> result);
  void Forget(HeldTable::iterator at);
  void DeleteFailed(const std::vector<LedgerKey>& keys, const Error& error);
  void DeleteRefused(HeldTable::iterator at, const aws::Refused& refused);

  bool Idle() const { return handbacks_.empty() && handing_back_ == 0; }
  void GiveBack(const LedgerKey& key, std::chrono::seconds visibility);
  void GiveBackUntaken(const std::function<bool(const Message&)>& such,
                       std::chrono::seconds visibility);
  void GiveBackOld(SteadyTime oldest);
  void GiveBackCopy(const aws::Received& message);
  void ReceiveSingly(SteadyTime shown);
  void FlushHandbacks();
  void SendHandback();
  void OnHandedBack(const std::vector<Handback>& batch, Result<std::vector<aws::Refused>> result);
  void HandBackAgain(const std::vector<Handback>& entries);

  void ScheduleHeartbeat();
  void OnHeartbeat();
  std::chrono::seconds Extension(const Held& held, SteadyTime now) const;
  int BeatsInFlight() const;
  void FlushBeats();
  void OnBeaten(const std::vector<LedgerKey>& keys, SteadyTime sent,
                Result<std::vector<aws::Refused>> result);
  void BeatFailed(const Error& error);

  void CountQueue();
  void OnCounted(Result<aws::AttributeMap> result, std::uint64_t arrivals_before);
  void OnCountAgain();
  void Settled();
  void SayThatSqsIsAway(const char* call, const Error& error);

  const SqsOptions options_;
  const std::chrono::seconds visibility_;
  const Clock& clock_;
  const std::size_t cap_;
  const std::size_t most_asked_;  // In one receive.
  aws::ReceiveOptions receive_;
  aws::SqsQueue& queue_;

  log::RateLimit identity_log_{std::chrono::seconds(10)};  // The queue's thread only.

  mutable std::mutex mutex_;  // Guards what follows.
  std::condition_variable_any arrived_, quiet_;
  HeldTable held_;
  std::uint64_t held_bytes_ = 0;
  std::uint64_t usual_bytes_ = 1024;
  Buffer buffer_;
  std::size_t wake_count_ = kNever, wake_bytes_ = kNever;
  ReceiveControl control_;
  aws::RetryQuota quota_;
  aws::Retry receive_retry_{quota_}, delete_retry_{quota_, kLongestPause};
  aws::Retry handback_retry_{quota_, kLongestPause}, beat_retry_;
  int polling_ = 0;
  std::uint64_t asked_ = 0;  // Messages that those on their way may bring.
  bool paused_ = false;
  std::deque<Attempt> unanswered_;             // To be asked for again.
  SteadyTime singly_from_{}, singly_until_{};  // Receives ask for one message each.
  std::uint64_t arrivals_ = 0;
  std::optional<Error> broken_;

  std::deque<LedgerKey> deletes_;
  std::size_t acked_ = 0;  // Held and acked: not yet deleted.
  int deleting_ = 0;
  CallCeiling delete_ceiling_;
  bool deletes_paused_ = false, delete_timer_ = false;

  std::vector<Return> returning_;  // Still held.
  std::deque<Handback> handbacks_;
  int handing_back_ = 0;

  std::deque<LedgerKey> beats_;
  int beating_ = 0;
  bool beats_paused_ = false, beats_late_ = false;

  bool counting_ = false;
  bool stopping_ = false, closing_ = false;  // StopReceiving, Close.
  bool hurrying_ = false;                    // Close no longer waits for the receives.
  int empty_counts_ = 0;
  Requests requests_;
  std::uint64_t received_ = 0, released_ = 0;
  log::RateLimit outage_log_{std::chrono::seconds(10)};
  log::RateLimit damage_log_{std::chrono::seconds(10)};
  log::RateLimit refused_log_{std::chrono::seconds(10)};

  std::unique_ptr<aws::SqsQueue> owner_;  // Last: its thread uses the rest.
};

}  // namespace bauta::sources
