// Keeping what is held ours.
#include <algorithm>
#include <utility>

#include "sources/sqs_source.h"

namespace bauta::sources {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kFewestCalls = 32;  // In flight, where as many are of use.
constexpr milliseconds kFarAway{100};
// What nobody has taken by then has not long before it could be shown to others.
constexpr std::chrono::minutes kBeforeTheEnd{5};

}  // namespace

void SqsSource::ScheduleHeartbeat() {
  const milliseconds often = std::clamp<milliseconds>(milliseconds(visibility_) / 10,
                                                      milliseconds(50), milliseconds(1000));
  queue_.After(often, [this] { OnHeartbeat(); });
}

void SqsSource::OnHeartbeat() {
  const std::lock_guard lock(mutex_);
  const Pulse pulse = TakePulse(held_, clock_.SteadyNow(), visibility_);
  beats_.insert(beats_.end(), pulse.due.begin(), pulse.due.end());
  beats_late_ = pulse.late;
  if (beats_.empty() && beating_ == 0) beat_retry_.Succeeded();  // What failed is gone.
  GiveBackOld(pulse.oldest);
  FlushBeats();
  StartReceives();
  ScheduleHeartbeat();
}

// In time before SQS shows them anyway.  What is out may be written at this moment, and stays so.
void SqsSource::GiveBackOld(SteadyTime oldest) {
  const SteadyTime before = clock_.SteadyNow() - (kLongestHold - kBeforeTheEnd);
  if (oldest > before) return;
  GiveBackUntaken(
      [&](const Message& message) {
        const auto at = held_.find(message.key);
        return at != held_.end() && at->second.received <= before;
      },
      seconds(0));
  FlushHandbacks();
}

// SQS refuses one that would end later than it may.
seconds SqsSource::Extension(const Held& held, SteadyTime now) const {
  const auto left = std::chrono::floor<seconds>(held.received + kLongestHold - now);
  return std::clamp(left, seconds(0), visibility_);
}

// As many as extend all that is held in the time between being due and being late, of a queue that
// is far away: it may all have come at once.
int SqsSource::BeatsInFlight() const {
  if (beat_retry_.failures() > 0) return 1;  // It finds out whether the server is back.
  const auto rounds = std::max<milliseconds::rep>(1, milliseconds(visibility_) / 4 / kFarAway);
  const auto calls = static_cast<int>(held_.size() / kBatch) / static_cast<int>(rounds);
  return std::max(kFewestCalls, std::min(calls, options_.max_receives));
}

void SqsSource::FlushBeats() {
  const int most = BeatsInFlight();
  const SteadyTime now = clock_.SteadyNow();
  while (!beats_paused_ && !beats_.empty() && beating_ < most) {
    std::vector<LedgerKey> keys;
    std::vector<aws::VisibilityChange> changes;
    for (const LedgerKey& key : TakeFront(beats_, kBatch)) {
      const auto at = held_.find(key);
      if (at == held_.end()) continue;
      keys.push_back(key);
      changes.push_back({at->second.receipt, Extension(at->second, now)});
    }
    if (keys.empty()) continue;
    ++beating_;
    ++requests_.visibility;
    queue_.ChangeVisibility(std::move(changes), [this, keys = std::move(keys), now](auto result) {
      OnBeaten(keys, now, std::move(result));
    });
  }
}

void SqsSource::OnBeaten(const std::vector<LedgerKey>& keys, SteadyTime sent,
                         Result<std::vector<aws::Refused>> result) {
  const std::lock_guard lock(mutex_);
  --beating_;
  std::vector<const aws::Refused*> refused(keys.size(), nullptr);
  if (result.ok()) {
    beat_retry_.Succeeded();
    for (const aws::Refused& entry : *result) refused[entry.entry] = &entry;
  } else {
    BeatFailed(result.error());
  }
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto at = held_.find(keys[i]);
    if (at == held_.end()) continue;
    Held& held = at->second;
    held.extending = false;
    if (!result.ok()) continue;
    if (refused[i] == nullptr) {
      held.expires = std::max(held.expires, sent + Extension(held, sent));
    } else if (refused[i]->sender_fault && clock_.SteadyNow() >= held.expires) {
      held.lost = true;  // Somebody else's by now; the ledger sorts it out.
    }
  }
  FlushBeats();
  StartReceives();
}

void SqsSource::BeatFailed(const Error& error) {
  if (error.code == ErrorCode::kConfig) {
    if (!broken_) broken_ = error;
    return Wake();
  }
  if (beat_retry_.failures() > 0)
    SayThatSqsIsAway("heartbeat", error);  // A single one is no outage.
  if (std::exchange(beats_paused_, true)) return;
  queue_.After(beat_retry_.Failed(error), [this] {
    const std::lock_guard lock(mutex_);
    beats_paused_ = false;
    FlushBeats();
  });
}

}  // namespace bauta::sources
