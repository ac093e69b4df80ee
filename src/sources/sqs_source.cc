#include "sources/sqs_source.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "aws/bound_queue.h"
#include "aws/sqs_client.h"
#include "base/log.h"
#include "base/uuid.h"

namespace bauta::sources {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kBetweenCounts{500};
constexpr std::size_t kHeartbeatsPerSecond = 5'000;  // Messages that heartbeats can keep up with.
// What Close keeps of its time for handing back, however long the receives take.
constexpr seconds kHandingBack{2};
// How long SQS knows a ReceiveRequestAttemptId.
constexpr std::chrono::minutes kAttemptIsKnown{5};

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

Result<std::unique_ptr<SqsSource>> SqsSource::Open(const aws::Wishes& wishes, SqsOptions options,
                                                   const aws::Environment& environment) {
  std::unique_ptr<aws::SqsClient> client = TRY(aws::SqsClient::Open(wishes, environment));
  const std::string url = TRY(client->FindQueue(wishes.queue));
  const aws::AttributeMap attributes = TRY(aws::Await<aws::AttributeMap>(
      [&](aws::Done<aws::AttributeMap> done) { client->GetQueueAttributes(url, done); }));
  const bool says = attributes.contains("VisibilityTimeout");
  const seconds visibility(says ? static_cast<seconds::rep>(Count(attributes, "VisibilityTimeout"))
                                : 30);
  options.fifo = url.ends_with(".fifo");
  if (options.fifo) options.system_attributes.emplace_back("MessageGroupId");
  return std::make_unique<SqsSource>(aws::BindQueue(std::move(client), url), visibility,
                                     std::move(options), SystemClock());
}

SqsSource::SqsSource(std::unique_ptr<aws::SqsQueue> queue, seconds visibility, SqsOptions options,
                     const Clock& clock)
    : options_(std::move(options)),
      visibility_(visibility.count() > 0 ? visibility : seconds(30)),
      clock_(clock),
      cap_(Cap(options_, visibility_)),
      most_asked_(std::min(kBatch, cap_)),
      queue_(*queue),
      control_(options_.max_receives),
      beat_retry_(quota_, std::min<milliseconds>(milliseconds(visibility_) / 10, seconds(5))),
      owner_(std::move(queue)) {
  receive_.wait = options_.wait;
  receive_.system_attributes = options_.system_attributes;
  receive_.visibility = visibility_;  // The queue's own may change while we run.
  const std::lock_guard lock(mutex_);
  StartReceives();
  ScheduleHeartbeat();
}
SqsSource::~SqsSource() = default;

Source::Requests SqsSource::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}
std::uint64_t SqsSource::received() const {
  const std::lock_guard lock(mutex_);
  return received_;
}
std::uint64_t SqsSource::released() const {
  const std::lock_guard lock(mutex_);
  return released_;
}

// --- Receiving

Result<std::vector<Message>> SqsSource::Receive(std::size_t max, std::size_t bytes,
                                                milliseconds wait, milliseconds fill,
                                                std::stop_token stop) {
  std::unique_lock lock(mutex_);
  AwaitMessages(lock, stop, wait, 1, 1);
  if (broken_) return *broken_;
  if (buffer_.ready() == 0 || stop.stop_requested()) return std::vector<Message>();
  AwaitMessages(lock, stop, fill, max, bytes);
  if (stop.stop_requested()) return std::vector<Message>();
  std::vector<Message> taken = buffer_.Take(max, bytes);
  StartReceives();
  return taken;
}

bool SqsSource::HasRoom() const {
  const std::size_t coming = (static_cast<std::size_t>(polling_) + 1) * most_asked_;
  const bool first = held_.empty() && polling_ == 0;
  const bool beats = beat_retry_.failures() == 0 && !beats_late_;
  return first || (beats && held_.size() + coming <= cap_ &&
                   buffer_.size() + coming <= std::max(cap_ / 2, kBatch) &&
                   held_bytes_ + coming * usual_bytes_ <= options_.max_bytes);
}

void SqsSource::StartReceives() {
  while (!stopping_ && !broken_ && !paused_ && polling_ < control_.target() && HasRoom()) {
    const std::uint64_t taken = std::min(options_.limit, received_ - released_ + asked_);
    const SteadyTime now = clock_.SteadyNow();
    const bool singly = now >= singly_from_ && now < singly_until_;
    const std::uint64_t most = singly ? 1 : most_asked_;
    const std::uint64_t ask = std::min<std::uint64_t>(most, options_.limit - taken);
    if (ask == 0) return;
    Attempt attempt = NextAttempt(ask);
    receive_.max = static_cast<int>(ask);
    receive_.attempt_id = attempt.id;
    asked_ += ask;
    ++polling_;
    ++requests_.receive;
    queue_.Receive(receive_,
                   [this, attempt = std::move(attempt), arrivals = arrivals_, began = now](
                       auto result) { OnReceived(std::move(result), attempt, arrivals, began); });
  }
}

// Of one whose answer was lost: its messages may be ours, and would stay hidden with their groups.
SqsSource::Attempt SqsSource::NextAttempt(std::uint64_t asked) {
  const SteadyTime now = clock_.SteadyNow();
  const auto good_for = std::min<SteadyTime::duration>(visibility_, kAttemptIsKnown);
  std::erase_if(unanswered_, [&](const Attempt& a) { return now >= a.began + good_for; });
  const auto same = std::find_if(unanswered_.begin(), unanswered_.end(),
                                 [&](const Attempt& a) { return a.asked == asked; });
  if (same != unanswered_.end()) {
    Attempt again = std::move(*same);
    unanswered_.erase(same);
    return again;
  }
  return {options_.fifo ? ToString(RandomUuid()) : std::string(), asked, now};
}

void SqsSource::OnReceived(Result<std::vector<aws::Received>> result, Attempt attempt,
                           std::uint64_t arrivals_before, SteadyTime began) {
  std::vector<Arrival> arrivals;
  if (result.ok()) arrivals = Recognise(std::move(*result));
  const std::lock_guard lock(mutex_);
  --polling_;
  asked_ -= attempt.asked;
  if (!result.ok()) {
    ReceiveFailed(result.error(), std::move(attempt));
  } else {
    if (control_.failing()) log::Info("source", "SQS answers again");
    receive_retry_.Succeeded();
    const std::size_t full = attempt.asked == 1 ? kBatch : 1;
    control_.Answered(arrivals.size() * full, arrivals_before == arrivals_,
                      clock_.SteadyNow() - began);
    AcceptAll(std::move(arrivals));
  }
  FlushHandbacks();
  StartReceives();
  Wake();
  Settled();
}

void SqsSource::Wake() {
  const bool stalled = polling_ == 0;
  const bool enough = buffer_.ready() >= wake_count_ || buffer_.ready_bytes() >= wake_bytes_;
  if (!broken_ && !stalled && !enough) return;
  wake_count_ = wake_bytes_ = kNever;
  arrived_.notify_all();
}

void SqsSource::ReceiveFailed(const Error& error, Attempt attempt) {
  if (error.code != ErrorCode::kRetryable) {
    if (!broken_) broken_ = error;
    return;
  }
  if (options_.fifo) unanswered_.push_back(std::move(attempt));
  SayThatSqsIsAway("receive", error);
  if (std::exchange(paused_, true)) return;
  control_.Failed(error.trouble == Trouble::kThrottled);
  queue_.After(receive_retry_.Failed(error), [this] {
    const std::lock_guard lock(mutex_);
    paused_ = false;
    StartReceives();
    Settled();
  });
}

// With what the run waits for; whichever call fails first says it for all.
void SqsSource::SayThatSqsIsAway(const char* call, const Error& error) {
  const auto held_back = outage_log_.Pass();
  if (!held_back) return;
  log::Warn("source", "waiting for SQS",
            {{"call", call},
             {"reason", error.message},
             {"held", held_.size()},
             {"held_back", *held_back}});
}

bool SqsSource::Enough(std::size_t count, std::size_t bytes) const {
  const bool some = buffer_.ready() > 0;
  const bool stalled = polling_ == 0 && some && !HasRoom();
  return buffer_.ready() >= count || (some && buffer_.ready_bytes() >= bytes) || stalled ||
         broken_ || closing_;
}

void SqsSource::AwaitMessages(std::unique_lock<std::mutex>& lock, std::stop_token stop,
                              milliseconds wait, std::size_t count, std::size_t bytes) {
  const auto deadline = std::chrono::steady_clock::now() + wait;
  arrived_.wait_until(lock, stop, deadline, [&] {
    if (Enough(count, bytes)) return true;
    wake_count_ = std::min(wake_count_, count);
    wake_bytes_ = std::min(wake_bytes_, bytes);
    return false;
  });
}

// --- Ending

bool SqsSource::Exhausted() {
  const std::lock_guard lock(mutex_);
  if (!held_.empty() || !Idle()) return false;
  if (empty_counts_ >= 2) return true;
  const bool all_empty = control_.empty_in_a_row() >= std::max(1, control_.target());
  if (all_empty && !counting_) CountQueue();
  return false;
}

void SqsSource::CountQueue() {
  counting_ = true;
  queue_.GetAttributes(
      [this, arrivals = arrivals_](auto result) { OnCounted(std::move(result), arrivals); });
}

void SqsSource::OnCounted(Result<aws::AttributeMap> result, std::uint64_t arrivals_before) {
  const std::lock_guard lock(mutex_);
  if (!result.ok() && result.error().code == ErrorCode::kConfig) broken_ = result.error();
  const bool empty = result.ok() && arrivals_before == arrivals_ && SaysEmpty(*result);
  empty_counts_ = empty ? empty_counts_ + 1 : 0;
  queue_.After(kBetweenCounts, [this] { OnCountAgain(); });
}

void SqsSource::OnCountAgain() {
  const std::lock_guard lock(mutex_);
  counting_ = false;
  if (empty_counts_ == 1 && held_.empty()) CountQueue();
}

void SqsSource::Settled() {
  if (closing_) quiet_.notify_all();
}

void SqsSource::StopReceiving() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
}

bool SqsSource::Close(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  stopping_ = closing_ = true;
  GiveBackUntaken([](const Message&) { return true; }, seconds(0));
  FlushHandbacks();
  FlushDeletes();
  arrived_.notify_all();
  const auto left = deadline - std::chrono::steady_clock::now();
  const auto last_moment = deadline - std::min<decltype(left)>(left / 2, kHandingBack);
  quiet_.wait_until(lock, last_moment, [&] { return polling_ == 0; });
  hurrying_ = true;
  FlushHandbacks();
  return quiet_.wait_until(
      lock, deadline, [&] { return polling_ == 0 && acked_ == 0 && returning_.empty() && Idle(); });
}

}  // namespace bauta::sources
