#include "sources/sqs_source.h"

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <deque>
#include <limits>
#include <mutex>
#include <optional>
#include <utility>

#include "aws/backoff.h"
#include "aws/sqs_client.h"
#include "base/log.h"
#include "crypto/digest.h"
#include "sources/held.h"
#include "sources/receive_control.h"

namespace bauta::sources {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kBatch = 10;  // SQS takes no more entries in a call.
constexpr int kCallsInFlight = 32;  // Of each kind other than receives.
constexpr milliseconds kDeleteAge{50};
constexpr milliseconds kBetweenCounts{500};
constexpr std::size_t kHeartbeatsPerSecond = 5'000;  // Messages that heartbeats can keep up with.
constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();

// A message that is given back: the rest of its visibility is changed.
struct Handback {
  std::string receipt;
  seconds visibility;
  SteadyTime expires;  // From then on the queue shows it anyway.
};

LedgerKey KeyOf(const aws::Received& message) {
  const std::optional<Uuid> uuid = ParseUuid(message.id);
  return {message.sent_ms, uuid ? *uuid : crypto::LedgerId(message.id)};
}

// Grows with the receive count, so that a message that always fails does not spin.
seconds Pause(int receive_count) {
  const seconds most(1 << std::clamp(receive_count, 1, 8));
  return std::max(seconds(1), std::chrono::ceil<seconds>(aws::Backoff(0, most, most)));
}

template <class T>
std::vector<T> TakeFront(std::deque<T>& from, std::size_t most) {
  const auto end = from.begin() + static_cast<std::ptrdiff_t>(std::min(most, from.size()));
  std::vector<T> taken(std::make_move_iterator(from.begin()), std::make_move_iterator(end));
  from.erase(from.begin(), end);
  return taken;
}

std::uint64_t Count(const aws::AttributeMap& attributes, const char* name) {
  const auto at = attributes.find(name);
  if (at == attributes.end()) return 0;
  std::uint64_t n = 0;
  std::from_chars(at->second.data(), at->second.data() + at->second.size(), n);
  return n;
}

bool SaysEmpty(const aws::AttributeMap& attributes) {
  return attributes.contains("ApproximateNumberOfMessages") &&
         Count(attributes, "ApproximateNumberOfMessages") == 0 &&
         Count(attributes, "ApproximateNumberOfMessagesNotVisible") == 0 &&
         Count(attributes, "ApproximateNumberOfMessagesDelayed") == 0;
}

std::size_t Cap(const SqsOptions& options, seconds visibility) {
  const auto covered = static_cast<std::size_t>(visibility.count()) * kHeartbeatsPerSecond;
  return std::max<std::size_t>(1, std::min(options.max_messages, covered));
}

}  // namespace

class SqsSource::Impl {
 public:
  Impl(std::unique_ptr<aws::SqsQueue> queue, seconds visibility, SqsOptions options,
       const Clock& clock)
      : options_(options),
        visibility_(visibility.count() > 0 ? visibility : seconds(30)),
        clock_(clock),
        cap_(Cap(options, visibility_)),
        most_asked_(std::min(kBatch, cap_)),
        queue_(*queue),
        control_(options.max_receives),
        owner_(std::move(queue)) {
    receive_.wait = options.wait;
    if (visibility.count() == 0) receive_.visibility = visibility_;
    const std::lock_guard lock(mutex_);
    StartReceives();
    ScheduleHeartbeat();
  }

  Result<std::vector<Message>> Receive(std::size_t max, std::size_t bytes, milliseconds wait,
                                       milliseconds fill, std::stop_token stop) {
    std::unique_lock lock(mutex_);
    AwaitMessages(lock, stop, wait, 1, 1);
    if (broken_) return *broken_;
    if (buffer_.empty() || stop.stop_requested()) return std::vector<Message>();
    AwaitMessages(lock, stop, fill, max, bytes);
    if (stop.stop_requested()) return std::vector<Message>();
    std::vector<Message> taken = Take(max, bytes);
    StartReceives();
    return taken;
  }

  void Ack(std::vector<Message> messages) {
    const std::lock_guard lock(mutex_);
    for (Message& message : messages) {
      const auto [at, absent] = held_.try_emplace(message.key);
      Held& held = at->second;
      if (absent) held.receipt = std::move(message.receipt);
      if (held.acked) continue;
      held.acked = true;
      ++acked_;
      held_bytes_ -= std::exchange(held.bytes, 0);
      deletes_.push_back(message.key);
    }
    FlushDeletes();
    StartReceives();
  }

  void Release(std::vector<Message> messages, bool now) {
    const std::lock_guard lock(mutex_);
    for (const Message& message : messages) {
      GiveBack(message.key, now ? seconds(0) : Pause(message.receive_count));
    }
    FlushHandbacks();
    StartReceives();
  }

  bool Exhausted() {
    const std::lock_guard lock(mutex_);
    if (!held_.empty() || !Idle()) return false;
    if (empty_counts_ >= 2) return true;
    const bool all_empty = control_.empty_in_a_row() >= std::max(1, control_.target());
    if (all_empty && !counting_) CountQueue();
    return false;
  }

  bool Close(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    closing_ = true;
    for (const Message& message : std::exchange(buffer_, {})) {
      ++released_;
      GiveBack(message.key, seconds(0));
    }
    buffer_bytes_ = 0;
    FlushHandbacks();
    FlushDeletes();
    arrived_.notify_all();
    return quiet_.wait_until(lock, deadline,
                             [&] { return polling_ == 0 && acked_ == 0 && Idle(); });
  }

  Requests requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  std::uint64_t received() const {
    const std::lock_guard lock(mutex_);
    return received_;
  }
  std::uint64_t released() const {
    const std::lock_guard lock(mutex_);
    return released_;
  }

 private:
  // Everything below: with mutex_ held, but for the On… functions, which take it.

  bool Idle() const { return handbacks_.empty() && handing_back_ == 0; }

  // --- Receiving

  bool HasRoom() const {
    const std::size_t coming = (static_cast<std::size_t>(polling_) + 1) * most_asked_;
    const bool first = held_.empty() && polling_ == 0;
    return first || (held_.size() + coming <= cap_ &&
                     buffer_.size() + coming <= std::max(cap_ / 2, kBatch) &&
                     held_bytes_ + coming * usual_bytes_ <= options_.max_bytes);
  }

  void StartReceives() {
    while (!closing_ && !broken_ && !paused_ && polling_ < control_.target() && HasRoom()) {
      const std::uint64_t taken = std::min(options_.limit, received_ + asked_);
      const std::uint64_t ask = std::min<std::uint64_t>(most_asked_, options_.limit - taken);
      if (ask == 0) return;
      receive_.max = static_cast<int>(ask);
      asked_ += ask;
      ++polling_;
      ++requests_.receive;
      queue_.Receive(receive_,
                     [this, ask, arrivals = arrivals_, began = clock_.SteadyNow()](auto result) {
                       OnReceived(std::move(result), ask, arrivals, began);
                     });
    }
  }

  void OnReceived(Result<std::vector<aws::Received>> result, std::uint64_t asked,
                  std::uint64_t arrivals_before, SteadyTime began) {
    const std::lock_guard lock(mutex_);
    --polling_;
    asked_ -= asked;
    if (!result.ok()) {
      ReceiveFailed(result.error());
    } else {
      if (control_.failures() > 0) log::Info("source", "SQS answers again");
      control_.Answered(result->size(), arrivals_before == arrivals_, clock_.SteadyNow() - began);
      for (aws::Received& message : *result) Accept(std::move(message));
      FlushHandbacks();
    }
    StartReceives();
    const bool stalled = polling_ == 0;
    if (broken_ || stalled || buffer_.size() >= wake_count_ || buffer_bytes_ >= wake_bytes_) {
      wake_count_ = wake_bytes_ = kNever;
      arrived_.notify_all();
    }
    Settled();
  }

  void ReceiveFailed(const Error& error) {
    if (error.code != ErrorCode::kRetryable) {
      if (!broken_) broken_ = error;
      return;
    }
    control_.Failed();
    if (const auto held_back = outage_log_.Pass()) {
      log::Warn("source", "receive failed, trying again",
                {{"reason", error.message}, {"held_back", *held_back}});
    }
    if (std::exchange(paused_, true)) return;
    queue_.After(aws::Backoff(control_.failures() - 1, seconds(1)), [this] {
      const std::lock_guard lock(mutex_);
      paused_ = false;
      StartReceives();
      Settled();
    });
  }

  void Accept(aws::Received message) {
    ++arrivals_;
    empty_counts_ = 0;
    if (!message.intact) {
      if (const auto held_back = damage_log_.Pass()) {
        log::Warn("source", "a body is not the one its MD5 names; left in the queue",
                  {{"message_id", message.id}, {"held_back", *held_back}});
      }
      return;
    }
    const LedgerKey key = KeyOf(message);
    const auto [at, is_new] = held_.try_emplace(key);
    Held& held = at->second;
    held.receipt = message.receipt;
    held.expires = clock_.SteadyNow() + visibility_;
    held.lost = false;
    held.refusals = 0;
    if (!is_new) return;
    ++received_;
    held.bytes = message.body.size() + message.attributes.size();
    held_bytes_ += held.bytes;
    usual_bytes_ = (usual_bytes_ * 15 + held.bytes) / 16;
    if (closing_) {
      ++released_;
      return GiveBack(key, seconds(0));
    }
    buffer_bytes_ += message.body.size();
    buffer_.push_back({key, std::move(message.id), std::move(message.receipt),
                       std::move(message.attributes), std::move(message.body),
                       message.receive_count, ToEpochMillis(clock_.Now())});
  }

  bool Enough(std::size_t count, std::size_t bytes) const {
    const bool stalled = polling_ == 0 && !buffer_.empty() && !HasRoom();
    return buffer_.size() >= count || (buffer_bytes_ >= bytes && !buffer_.empty()) || stalled ||
           broken_ || closing_;
  }

  void AwaitMessages(std::unique_lock<std::mutex>& lock, std::stop_token stop, milliseconds wait,
                     std::size_t count, std::size_t bytes) {
    const auto deadline = std::chrono::steady_clock::now() + wait;
    arrived_.wait_until(lock, stop, deadline, [&] {
      if (Enough(count, bytes)) return true;
      wake_count_ = std::min(wake_count_, count);
      wake_bytes_ = std::min(wake_bytes_, bytes);
      return false;
    });
  }

  std::vector<Message> Take(std::size_t max, std::size_t bytes) {
    std::vector<Message> taken;
    taken.reserve(std::min(max, buffer_.size()));
    std::size_t sum = 0;
    while (!buffer_.empty() && taken.size() < max) {
      const std::size_t size = buffer_.front().body.size();
      if (!taken.empty() && sum + size > bytes) break;
      sum += size;
      taken.push_back(std::move(buffer_.front()));
      buffer_.pop_front();
    }
    buffer_bytes_ -= sum;
    return taken;
  }

  // --- Deleting

  int CallsInFlight() const { return std::min(kCallsInFlight, control_.useful()); }

  void FlushDeletes() {
    if (deletes_paused_) return;
    while (deletes_.size() >= kBatch && deleting_ < CallsInFlight()) SendDelete();
    if (closing_ && deleting_ == 0 && !deletes_.empty()) SendDelete();
    if (deletes_.empty() || std::exchange(delete_timer_, true)) return;
    queue_.After(kDeleteAge, [this] {
      const std::lock_guard lock(mutex_);
      delete_timer_ = false;
      if (!deletes_paused_ && !deletes_.empty() && deleting_ < CallsInFlight()) SendDelete();
      FlushDeletes();
    });
  }

  void SendDelete() {
    std::vector<LedgerKey> keys;
    std::vector<std::string> receipts;
    for (const LedgerKey& key : TakeFront(deletes_, kBatch)) {
      const auto at = held_.find(key);
      if (at == held_.end()) continue;
      keys.push_back(key);
      receipts.push_back(at->second.receipt);
    }
    if (keys.empty()) return;
    ++deleting_;
    ++requests_.remove;
    // The newest receipt wins: one that came while this call was on its way is deleted as well.
    std::vector<std::size_t> sent;
    for (const std::string& receipt : receipts) sent.push_back(std::hash<std::string>()(receipt));
    queue_.Delete(std::move(receipts),
                  [this, keys = std::move(keys), sent = std::move(sent)](auto result) {
                    OnDeleted(keys, sent, std::move(result));
                  });
  }

  void OnDeleted(const std::vector<LedgerKey>& keys, const std::vector<std::size_t>& sent,
                 Result<std::vector<aws::Refused>> result) {
    const std::lock_guard lock(mutex_);
    --deleting_;
    if (!result.ok()) {
      DeleteFailed(keys, result.error());
    } else {
      delete_failures_ = 0;
      std::vector<const aws::Refused*> refused(keys.size(), nullptr);
      for (const aws::Refused& entry : *result) refused[entry.entry] = &entry;
      for (std::size_t i = 0; i < keys.size(); ++i) {
        const auto at = held_.find(keys[i]);
        if (at == held_.end()) continue;
        const bool newer = std::hash<std::string>()(at->second.receipt) != sent[i];
        if (newer) {
          deletes_.push_back(keys[i]);
        } else if (refused[i] != nullptr) {
          DeleteRefused(at, *refused[i]);
        } else {
          Forget(at);
        }
      }
    }
    FlushDeletes();
    StartReceives();
    Settled();
  }

  void Forget(HeldTable::iterator at) {
    held_bytes_ -= at->second.bytes;
    if (at->second.acked) --acked_;
    held_.erase(at);
  }

  void DeleteFailed(const std::vector<LedgerKey>& keys, const Error& error) {
    deletes_.insert(deletes_.end(), keys.begin(), keys.end());
    if (error.code != ErrorCode::kRetryable && !broken_) broken_ = error;
    if (const auto held_back = outage_log_.Pass()) {
      log::Warn("source", "delete failed, trying again",
                {{"reason", error.message}, {"held_back", *held_back}});
    }
    if (std::exchange(deletes_paused_, true)) return;
    queue_.After(aws::Backoff(delete_failures_++, milliseconds(200), seconds(5)), [this] {
      const std::lock_guard lock(mutex_);
      deletes_paused_ = false;
      FlushDeletes();
      Settled();
    });
  }

  // Until the receipt expires; then the message comes again, and the ledger knows it.
  void DeleteRefused(HeldTable::iterator at, const aws::Refused& refused) {
    Held& held = at->second;
    ++held.refusals;
    if (clock_.SteadyNow() >= held.expires) {
      if (const auto held_back = refused_log_.Pass()) {
        log::Warn("source", "a delete was refused until the receipt expired; it will come again",
                  {{"code", refused.code}, {"held_back", *held_back}});
      }
      return Forget(at);
    }
    queue_.After(aws::Backoff(held.refusals, milliseconds(100), seconds(5)),
                 [this, key = at->first] {
                   const std::lock_guard lock(mutex_);
                   deletes_.push_back(key);
                   FlushDeletes();
                 });
  }

  // --- Giving back

  void GiveBack(const LedgerKey& key, seconds visibility) {
    const auto at = held_.find(key);
    if (at == held_.end() || at->second.acked) return;
    handbacks_.push_back({std::move(at->second.receipt), visibility, at->second.expires});
    Forget(at);
  }

  void FlushHandbacks() {
    while (!handbacks_.empty() && handing_back_ < kCallsInFlight) {
      std::vector<Handback> batch = TakeFront(handbacks_, kBatch);
      std::vector<aws::VisibilityChange> changes;
      for (const Handback& entry : batch) changes.push_back({entry.receipt, entry.visibility});
      ++handing_back_;
      ++requests_.visibility;
      queue_.ChangeVisibility(std::move(changes), [this, batch = std::move(batch)](auto result) {
        OnHandedBack(batch, std::move(result));
      });
    }
  }

  void OnHandedBack(const std::vector<Handback>& batch, Result<std::vector<aws::Refused>> result) {
    const std::lock_guard lock(mutex_);
    std::vector<Handback> again;
    const SteadyTime now = clock_.SteadyNow();
    const auto keep = [&](const Handback& entry) {
      if (now < entry.expires) again.push_back(entry);
    };
    if (result.ok()) {
      handback_failures_ = 0;
      for (const aws::Refused& entry : *result) {
        if (!entry.sender_fault) keep(batch[entry.entry]);
      }
    } else if (result.error().code == ErrorCode::kRetryable) {
      for (const Handback& entry : batch) keep(entry);
    }
    if (again.empty()) {
      --handing_back_;
      FlushHandbacks();
      return Settled();
    }
    // Counts as on its way until then.
    queue_.After(aws::Backoff(handback_failures_++, milliseconds(200), seconds(5)),
                 [this, again = std::move(again)] { HandBackAgain(again); });
  }

  void HandBackAgain(const std::vector<Handback>& entries) {
    const std::lock_guard lock(mutex_);
    --handing_back_;
    handbacks_.insert(handbacks_.end(), entries.begin(), entries.end());
    FlushHandbacks();
    Settled();
  }

  // --- Heartbeats

  void ScheduleHeartbeat() {
    const milliseconds often = std::clamp<milliseconds>(milliseconds(visibility_) / 10,
                                                        milliseconds(50), milliseconds(1000));
    queue_.After(often, [this] {
      const std::lock_guard lock(mutex_);
      const SteadyTime until = clock_.SteadyNow() + milliseconds(visibility_) / 2;
      for (const LedgerKey& key : TakeDue(held_, until, kNever)) beats_.push_back(key);
      FlushBeats();
      ScheduleHeartbeat();
    });
  }

  void FlushBeats() {
    while (!beats_.empty() && beating_ < kCallsInFlight) {
      std::vector<LedgerKey> keys;
      std::vector<aws::VisibilityChange> changes;
      for (const LedgerKey& key : TakeFront(beats_, kBatch)) {
        const auto at = held_.find(key);
        if (at == held_.end()) continue;
        keys.push_back(key);
        changes.push_back({at->second.receipt, visibility_});
      }
      if (keys.empty()) continue;
      ++beating_;
      ++requests_.visibility;
      queue_.ChangeVisibility(std::move(changes),
                              [this, keys = std::move(keys), sent = clock_.SteadyNow()](
                                  auto result) { OnBeaten(keys, sent, std::move(result)); });
    }
  }

  void OnBeaten(const std::vector<LedgerKey>& keys, SteadyTime sent,
                Result<std::vector<aws::Refused>> result) {
    const std::lock_guard lock(mutex_);
    --beating_;
    std::vector<const aws::Refused*> refused(keys.size(), nullptr);
    if (result.ok()) {
      for (const aws::Refused& entry : *result) refused[entry.entry] = &entry;
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const auto at = held_.find(keys[i]);
      if (at == held_.end()) continue;
      Held& held = at->second;
      held.extending = false;
      if (!result.ok()) continue;
      if (refused[i] == nullptr) {
        held.expires = std::max(held.expires, sent + visibility_);
      } else if (refused[i]->sender_fault && clock_.SteadyNow() >= held.expires) {
        held.lost = true;  // Somebody else's by now; the ledger sorts it out.
      }
    }
    FlushBeats();
  }

  // --- Ending

  void CountQueue() {
    counting_ = true;
    queue_.GetAttributes(
        [this, arrivals = arrivals_](auto result) { OnCounted(std::move(result), arrivals); });
  }

  void OnCounted(Result<aws::AttributeMap> result, std::uint64_t arrivals_before) {
    const std::lock_guard lock(mutex_);
    if (!result.ok() && result.error().code == ErrorCode::kConfig) broken_ = result.error();
    const bool empty = result.ok() && arrivals_before == arrivals_ && SaysEmpty(*result);
    empty_counts_ = empty ? empty_counts_ + 1 : 0;
    queue_.After(kBetweenCounts, [this] { OnCountAgain(); });
  }

  void OnCountAgain() {
    const std::lock_guard lock(mutex_);
    counting_ = false;
    if (empty_counts_ == 1 && held_.empty()) CountQueue();
  }

  void Settled() {
    if (closing_) quiet_.notify_all();
  }

  const SqsOptions options_;
  const seconds visibility_;
  const Clock& clock_;
  const std::size_t cap_;
  const std::size_t most_asked_;  // In one receive.
  aws::ReceiveOptions receive_;
  aws::SqsQueue& queue_;

  mutable std::mutex mutex_;  // Guards what follows.
  std::condition_variable_any arrived_, quiet_;
  HeldTable held_;
  std::uint64_t held_bytes_ = 0;
  std::uint64_t usual_bytes_ = 1024;
  std::deque<Message> buffer_;
  std::size_t buffer_bytes_ = 0;
  std::size_t wake_count_ = kNever, wake_bytes_ = kNever;
  ReceiveControl control_;
  int polling_ = 0;
  std::uint64_t asked_ = 0;  // Messages that those on their way may bring.
  bool paused_ = false;
  std::uint64_t arrivals_ = 0;
  std::optional<Error> broken_;

  std::deque<LedgerKey> deletes_;
  std::size_t acked_ = 0;  // Held and acked: not yet deleted.
  int deleting_ = 0, delete_failures_ = 0;
  bool deletes_paused_ = false, delete_timer_ = false;

  std::deque<Handback> handbacks_;
  int handing_back_ = 0, handback_failures_ = 0;

  std::deque<LedgerKey> beats_;
  int beating_ = 0;

  bool counting_ = false, closing_ = false;
  int empty_counts_ = 0;
  Requests requests_;
  std::uint64_t received_ = 0, released_ = 0;
  log::RateLimit outage_log_{seconds(10)}, damage_log_{seconds(10)}, refused_log_{seconds(10)};

  std::unique_ptr<aws::SqsQueue> owner_;  // Last: its thread uses the rest.
};

Result<std::unique_ptr<SqsSource>> SqsSource::Open(const aws::Wishes& wishes, SqsOptions options,
                                                   const aws::Environment& environment) {
  std::unique_ptr<aws::SqsClient> client = TRY(aws::SqsClient::Open(wishes, environment));
  const std::string url = TRY(client->FindQueue(wishes.queue));
  const aws::AttributeMap attributes = TRY(aws::Await<aws::AttributeMap>(
      [&](aws::Done<aws::AttributeMap> done) { client->GetQueueAttributes(url, done); }));
  const bool says = attributes.contains("VisibilityTimeout");
  const seconds visibility(says ? static_cast<seconds::rep>(Count(attributes, "VisibilityTimeout"))
                                : 30);
  return std::make_unique<SqsSource>(aws::BindQueue(std::move(client), url), visibility, options,
                                     SystemClock());
}

SqsSource::SqsSource(std::unique_ptr<aws::SqsQueue> queue, seconds visibility, SqsOptions options,
                     const Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(queue), visibility, options, clock)) {}
SqsSource::~SqsSource() = default;

Result<std::vector<Message>> SqsSource::Receive(std::size_t max, std::size_t bytes,
                                                milliseconds wait, milliseconds fill,
                                                std::stop_token stop) {
  return impl_->Receive(max, bytes, wait, fill, std::move(stop));
}
void SqsSource::Ack(std::vector<Message> messages) { impl_->Ack(std::move(messages)); }
void SqsSource::Release(std::vector<Message> messages, bool now) {
  impl_->Release(std::move(messages), now);
}
bool SqsSource::Exhausted() { return impl_->Exhausted(); }
bool SqsSource::Close(std::chrono::steady_clock::time_point deadline) {
  return impl_->Close(deadline);
}
Source::Requests SqsSource::requests() const { return impl_->requests(); }
std::uint64_t SqsSource::received() const { return impl_->received(); }
std::uint64_t SqsSource::released() const { return impl_->released(); }

}  // namespace bauta::sources
