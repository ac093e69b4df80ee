// Deletes, and what is given back.
#include <algorithm>
#include <map>
#include <utility>

#include "base/jitter.h"
#include "base/log.h"
#include "sources/sqs_source.h"

namespace bauta::sources {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kCallsInFlight = 32;  // Of each kind.
constexpr milliseconds kDeleteAge{50};
// How long after a group is shown again it should have been received.
constexpr seconds kSingly{10};

// Grows with the receive count, so that a message that always fails does not spin.
seconds Pause(int receive_count) {
  const seconds most(1 << std::clamp(receive_count, 1, 8));
  return std::max(seconds(1), std::chrono::ceil<seconds>(Jitter(milliseconds(0), most)));
}

}  // namespace

// --- Deleting

void SqsSource::Ack(std::vector<Message> messages) {
  const std::lock_guard lock(mutex_);
  for (Message& message : messages) {
    if (!message.group.empty()) buffer_.Return(message.group);
    const auto at = held_.find(message.key);
    if (at == held_.end() || at->second.acked) continue;  // Acked before.
    Held& held = at->second;
    held.acked = true;
    ++acked_;
    held_bytes_ -= std::exchange(held.bytes, 0);
    deletes_.push_back(message.key);
  }
  FlushDeletes();
  StartReceives();
  Wake();
}

int SqsSource::CallsInFlight() const {
  // One finds out whether the server is back.
  return delete_retry_.failures() > 0 ? 1 : std::min(control_.useful(), delete_ceiling_.calls());
}

void SqsSource::FlushDeletes() {
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

void SqsSource::SendDelete() {
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

void SqsSource::OnDeleted(const std::vector<LedgerKey>& keys, const std::vector<std::size_t>& sent,
                          Result<std::vector<aws::Refused>> result) {
  const std::lock_guard lock(mutex_);
  --deleting_;
  if (!result.ok()) {
    DeleteFailed(keys, result.error());
  } else {
    delete_retry_.Succeeded();
    delete_ceiling_.Succeeded();
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

void SqsSource::Forget(HeldTable::iterator at) {
  held_bytes_ -= at->second.bytes;
  if (at->second.acked) --acked_;
  held_.erase(at);
}

void SqsSource::DeleteFailed(const std::vector<LedgerKey>& keys, const Error& error) {
  deletes_.insert(deletes_.end(), keys.begin(), keys.end());
  if (error.code != ErrorCode::kRetryable && !broken_) broken_ = error;
  SayThatSqsIsAway("delete", error);
  if (std::exchange(deletes_paused_, true)) return;
  if (error.trouble == Trouble::kThrottled) delete_ceiling_.Throttled(deleting_ / 2);
  queue_.After(delete_retry_.Failed(error), [this] {
    const std::lock_guard lock(mutex_);
    deletes_paused_ = false;
    FlushDeletes();
    Settled();
  });
}

// Until the receipt expires; then the message comes again, and the ledger knows it.
void SqsSource::DeleteRefused(HeldTable::iterator at, const aws::Refused& refused) {
  Held& held = at->second;
  ++held.refusals;
  if (clock_.SteadyNow() >= held.expires) {
    if (const auto held_back = refused_log_.Pass()) {
      log::Warn("source", "a delete was refused until the receipt expired; it will come again",
                {{"code", refused.code}, {"held_back", *held_back}});
    }
    return Forget(at);
  }
  queue_.After(aws::Backoff(held.refusals, milliseconds(100), seconds(5)), [this, key = at->first] {
    const std::lock_guard lock(mutex_);
    deletes_.push_back(key);
    FlushDeletes();
  });
}

// --- Giving back

void SqsSource::Release(std::vector<Message> messages, bool now) {
  const std::lock_guard lock(mutex_);
  std::map<std::string, seconds> groups;  // One pause for each: SQS shows it after the longest.
  for (const Message& message : messages) {
    seconds pause = now ? seconds(0) : Pause(message.receive_count);
    if (!message.group.empty()) {
      if (!now) pause += options_.wait;  // No receive that is open now shall take it.
      pause = groups.try_emplace(message.group, pause).first->second;
      buffer_.Return(message.group);
    }
    GiveBack(message.key, pause);
  }
  for (const Message& message :
       buffer_.Withdraw([&](const Message& waiting) { return groups.contains(waiting.group); })) {
    ++released_;
    GiveBack(message.key, groups.at(message.group));
  }
  for (const auto& [group, pause] : groups) {
    if (!now) ReceiveSingly(clock_.SteadyNow() + pause);
  }
  FlushHandbacks();
  StartReceives();
  Wake();
}

// What follows the first of a group shall not be received once more, and moved to the dead-letter
// queue, each time that the first is.
void SqsSource::ReceiveSingly(SteadyTime shown) {
  const SteadyTime from = shown - options_.wait;  // Receives that begin then may take it.
  const bool over = singly_until_ < clock_.SteadyNow();
  singly_from_ = over ? from : std::min(singly_from_, from);
  singly_until_ = std::max(singly_until_, shown + kSingly);
}

// Until FlushHandbacks the message is still held, and heartbeats cover it.
void SqsSource::GiveBack(const LedgerKey& key, seconds visibility) {
  returning_.push_back({key, visibility});
}

// What nobody has taken; all that follows in a group goes with it.
void SqsSource::GiveBackUntaken(const std::function<bool(const Message&)>& such,
                                seconds visibility) {
  for (const Message& message : buffer_.Withdraw(such)) {
    ++released_;
    GiveBack(message.key, visibility);
  }
}

// Not the one that is held: they would take turns.  Of a FIFO queue's group none is received while
// we hold another.
void SqsSource::GiveBackCopy(const aws::Received& message) {
  const seconds pause = message.group.empty() ? Pause(message.receive_count) : seconds(0);
  handbacks_.push_back({message.receipt, pause, clock_.SteadyNow() + visibility_});
}

// Once the run stops, nothing is shown while a receive of ours could take it again.
void SqsSource::FlushHandbacks() {
  if (!stopping_ || polling_ == 0 || hurrying_) {
    for (const Return& entry : std::exchange(returning_, {})) {
      const auto at = held_.find(entry.key);
      if (at == held_.end() || at->second.acked) continue;
      handbacks_.push_back({std::move(at->second.receipt), entry.visibility, at->second.expires});
      Forget(at);
    }
  }
  while (!handbacks_.empty() && handing_back_ < kCallsInFlight) SendHandback();
}

void SqsSource::SendHandback() {
  std::vector<Handback> batch = TakeFront(handbacks_, kBatch);
  std::vector<aws::VisibilityChange> changes;
  for (const Handback& entry : batch) changes.push_back({entry.receipt, entry.visibility});
  ++handing_back_;
  ++requests_.visibility;
  queue_.ChangeVisibility(std::move(changes), [this, batch = std::move(batch)](auto result) {
    OnHandedBack(batch, std::move(result));
  });
}

void SqsSource::OnHandedBack(const std::vector<Handback>& batch,
                             Result<std::vector<aws::Refused>> result) {
  const std::lock_guard lock(mutex_);
  std::vector<Handback> again;
  const SteadyTime now = clock_.SteadyNow();
  const auto keep = [&](const Handback& entry) {
    if (now < entry.expires) again.push_back(entry);
  };
  if (result.ok()) {
    handback_retry_.Succeeded();
    for (const aws::Refused& entry : *result) {
      if (!entry.sender_fault) keep(batch[entry.entry]);
    }
  } else if (result.error().code == ErrorCode::kRetryable) {
    for (const Handback& entry : batch) keep(entry);
  } else {
    SayThatSqsIsAway("release", result.error());  // They come back when their time is over.
  }
  if (again.empty()) {
    --handing_back_;
    FlushHandbacks();
    return Settled();
  }
  // Counts as on its way until then.
  queue_.After(handback_retry_.Failed(result.ok() ? Retryable("refused") : result.error()),
               [this, again = std::move(again)] { HandBackAgain(again); });
}

void SqsSource::HandBackAgain(const std::vector<Handback>& entries) {
  const std::lock_guard lock(mutex_);
  --handing_back_;
  handbacks_.insert(handbacks_.end(), entries.begin(), entries.end());
  FlushHandbacks();
  Settled();
}

}  // namespace bauta::sources
