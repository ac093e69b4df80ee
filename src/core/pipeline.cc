#include "core/pipeline.h"

#include <algorithm>
#include <limits>
#include <thread>
#include <utility>

#include "base/jitter.h"
#include "base/pause.h"
#include "base/text.h"

namespace bauta {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kReceiveWait{1000};  // How often an idle worker looks for the end.
constexpr milliseconds kFirstPause{100};
constexpr milliseconds kLongestPause{5000};
// What a batch's bodies and rows may come to, as a multiple of what its messages may.
constexpr std::size_t kMostGrowth = 8;

std::int64_t SteadyMillis(const Clock& clock) {
  return std::chrono::duration_cast<milliseconds>(clock.SteadyNow().time_since_epoch()).count();
}

}  // namespace

Pipeline::Pipeline(Source& source, std::vector<Worker> workers, Options options, const Clock& clock)
    : source_(source),
      workers_(std::move(workers)),
      options_(options),
      clock_(clock),
      brake_(options.stop_above, workers_.size() * options.batch_rows) {}

Pipeline::Outcome Pipeline::Run(std::stop_token stop) {
  last_message_ms_ = SteadyMillis(clock_);
  const std::stop_callback on_signal(stop, [this] { Finish(Stopped::kSignal); });
  std::optional<std::jthread> timer;
  if (options_.max_duration) {
    timer.emplace([this, after = *options_.max_duration](const std::stop_token& done) {
      if (Pause(after, done)) Finish(Stopped::kLimit);
    });
  }
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      threads.emplace_back([this, i] { Work(workers_[i], i + 1); });
    }
  }
  timer.reset();
  // The workers are gone, and a late signal changes nothing but the reason.
  for (Load& load : leftovers_) GiveBack(std::move(load.messages), true);
  if (!kept_.empty()) source_.Release(std::exchange(kept_, {}), true);
  const bool drained = source_.Close(clock_.SteadyNow() + GraceLeft());
  const std::lock_guard lock(mutex_);
  end_->drained = end_->drained && drained;
  return *end_;
}

void Pipeline::Work(Worker& worker, std::size_t number) {
  while (!stop_.stop_requested()) {
    const bool took = TakeAndSettle(worker);
    if (!SettleLeftover(worker) && !took) LookForTheEnd();
  }
  log::Debug("worker " + std::to_string(number), "stopped");
}

// False if nothing came.
bool Pipeline::TakeAndSettle(Worker& worker) {
  const std::size_t max = Reserve();
  if (max == 0) {  // Others may still give some of theirs back.
    if (taken_ >= options_.max_messages) Finish(Stopped::kLimit);
    Pause(kFirstPause, stop_.get_token());
    return true;
  }
  Result<std::vector<Message>> received = source_.Receive(max, options_.batch_bytes, kReceiveWait,
                                                          options_.batch_age, stop_.get_token());
  Unreserve(max - (received.ok() ? received->size() : 0));
  if (!received.ok()) {
    Finish(Stopped::kError, received.error());
    return true;
  }
  if (received->empty()) return false;
  taken_ += received->size();
  last_message_ms_ = SteadyMillis(clock_);
  Settle(worker, *std::move(received));
  return true;
}

// Gives every message its fate, or gives it back.
void Pipeline::Settle(Worker& worker, std::vector<Message> messages) {
  {
    const std::lock_guard lock(mutex_);
    if (!first_receipt_) first_receipt_ = clock_.SteadyNow();
  }
  Groups behind;
  for (std::size_t next = 0; next < messages.size();) {
    SettleSome(worker, MapSome(worker, messages, next), behind);
    if (!behind.empty()) GiveBackBehind(messages, next, behind);
    if (next < messages.size() && MustGiveUp()) {
      messages.erase(messages.begin(), messages.begin() + static_cast<std::ptrdiff_t>(next));
      return GiveBack(std::move(messages), true);
    }
  }
}

// What is not written by now is not written by this run.
bool Pipeline::MustGiveUp() {
  const bool late = GraceIsOver();
  const std::lock_guard lock(mutex_);
  if (late) end_->drained = false;
  return late || (end_ && end_->stopped == Stopped::kError);
}

// From `next` on, until the batch is full: a small body may open to many events.
Pipeline::Load Pipeline::MapSome(Worker& worker, std::vector<Message>& messages,
                                 std::size_t& next) {
  Load load;
  Batch& batch = load.batch;
  batch.kid = worker.mapper->BeginBatch();
  batch.deliveries.reserve(messages.size() - next);
  batch.events.reserve(messages.size() - next);
  load.messages.reserve(messages.size() - next);
  std::size_t bodies = 0;
  const auto full = [&] {
    return batch.events.size() >= options_.batch_rows ||
           batch.arena.used() + bodies >= kMostGrowth * options_.batch_bytes;
  };
  do {
    Message& message = messages[next++];
    worker.mapper->Map(message, batch);
    Delivery& delivery = batch.deliveries.back();
    bodies += delivery.body.size();
    if (!message.group.empty()) delivery.group = batch.arena.Copy(message.group);
    load.messages.push_back(std::move(message));
  } while (next < messages.size() && !full());
  TellLeaks(batch.leaks);
  return load;
}

void Pipeline::TellLeaks(const std::vector<Leak>& leaks) {
  if (leaks.empty()) return;
  for (const Leak& leak : leaks) {
    if (const auto held_back = leak_log_.Pass(leak.column)) {
      log::Warn("leak guard", "a column that passes in clear looks like personal data",
                {{"column", leak.column},
                 {"looks_like", leak.looks_like},
                 {"held_back", *held_back},
                 {"help", "mask it, or say on_leak: ignore for it; bauta explain leak"}});
    }
  }
  const std::lock_guard lock(mutex_);
  for (const Leak& leak : leaks) {
    const auto found = counts_.leaks.find(leak.column);
    ++(found != counts_.leaks.end() ? found->second : counts_.leaks[std::string(leak.column)]);
  }
}

void Pipeline::SettleSome(Worker& worker, Load load, Groups& behind) {
  // A refusal that comes again says nothing new of the run.
  if (options_.block_groups) GiveBackRefused(load, Refused::kEarlier, behind);
  load.place.emplace();
  if (const std::optional<Brake::Tripped> tripped = brake_.Count(load.batch.events, *load.place)) {
    Brakes(*tripped);
    NoteGroups(load.messages, behind);
    return GiveBack(std::move(load.messages), true);
  }
  if (options_.block_groups) GiveBackRefused(load, Refused::kAll, behind);
  if (!load.messages.empty()) Write(worker, std::move(load), behind);
}

// Of those from `from` on.
void Pipeline::GiveBackBehind(std::vector<Message>& messages, std::size_t from,
                              const Groups& behind) {
  const auto first = messages.begin() + static_cast<std::ptrdiff_t>(from);
  const auto stay = std::stable_partition(
      first, messages.end(), [&](const Message& m) { return !behind.contains(m.group); });
  if (stay == messages.end()) return;
  GiveBack({std::make_move_iterator(stay), std::make_move_iterator(messages.end())}, false);
  messages.erase(stay, messages.end());
}

void Pipeline::Write(Worker& worker, Load load, Groups& behind) {
  {
    const std::lock_guard lock(mutex_);
    load.batch.hurried = settling_ || !leftovers_.empty();
  }
  const std::optional<Written> written = WriteUntilDone(worker, load, behind);
  if (!written) {
    NoteGroups(load.messages, behind);
    return GiveBack(std::move(load.messages), true);
  }
  const std::uint64_t raw_tokens = RawTokensInserted(load.batch, *written);
  Load leftover = TakeLeftover(load);
  NoteGroups(leftover.messages, behind);
  Committed(std::move(load.messages), *written, raw_tokens);
  if (!leftover.messages.empty()) Leave(std::move(leftover));
}

void Pipeline::Brakes(const Brake::Tripped& tripped) {
  const std::uint64_t before = Counts().quarantined;
  std::string help = "what is held goes back to the queue";
  if (before > 0) help += "; " + WithCommas(before) + " events were quarantined before";
  Finish(Stopped::kError,
         Fatal("stopped by quarantine.stop_above: " + tripped.Describe(),
               help + ".  Mend the config, the table or the producer, run again, and replay what "
                      "was quarantined (`bauta quarantine replay`); or let it pass: "
                      "--set quarantine.stop_above=100%"));
}

// Nothing if the run stops before the batch could be written.
std::optional<Written> Pipeline::WriteUntilDone(Worker& worker, Load& load, Groups& behind) {
  Batch& batch = load.batch;  // Smaller once what was refused is given back.
  milliseconds pause = kFirstPause;
  std::optional<SteadyTime> waits_since;
  while (true) {
    Result<Written> written = worker.sink->Write(batch);
    if (written.ok()) {
      if (waits_since) GoesOn(*waits_since);
      return *std::move(written);
    }
    if (written.error().code == ErrorCode::kRejected && !batch.rejected.empty()) {
      if (const std::optional<Brake::Tripped> tripped = CountRejected(load)) {
        Brakes(*tripped);
        return std::nullopt;
      }
      if (options_.block_groups) GiveBackRefused(load, Refused::kAll, behind);
      continue;
    }
    if (written.error().code != ErrorCode::kRetryable) {
      Finish(Stopped::kError, written.error());
      return std::nullopt;
    }
    if (batch.outlived && worker.mapper->BeginBatch() != batch.kid) {
      GiveBackOutlived(load, behind);
      continue;
    }
    if (!waits_since) waits_since = clock_.SteadyNow();
    if (const auto held_back = waiting_log_.Pass(written.error().message)) {
      log::Warn("sink", "waiting: " + written.error().message,
                {{"held", batch.deliveries.size()}, {"held_back", *held_back}});
    }
    if (MustGiveUp()) return std::nullopt;
    // Once the run is stopping a pause would return at once: keep to it, but in short steps.
    const bool stops = stop_.stop_requested();
    const milliseconds most = stops ? kFirstPause : pause;
    Pause(Jitter(most / 2, most), stops ? std::stop_token() : stop_.get_token());
    pause = std::min(pause * 2, kLongestPause);
  }
}

std::optional<Brake::Tripped> Pipeline::CountRejected(Load& load) {
  if (options_.block_groups) {  // As in SettleSome.
    std::erase_if(load.batch.rejected, [&](std::uint32_t i) {
      return load.batch.deliveries[load.batch.events[i].delivery].receive_count > 1;
    });
  }
  if (load.place) return brake_.CountAgain(load.batch, *load.place);
  return brake_.Count(load.batch.events, load.place.emplace());
}

void Pipeline::GoesOn(SteadyTime since) {
  if (!going_log_.Pass()) return;
  const auto waited = clock_.SteadyNow() - since;
  log::Info("sink", "goes on",
            {{"waited_ms", std::chrono::duration_cast<milliseconds>(waited).count()}});
}

void Pipeline::Committed(std::vector<Message> messages, const Written& written,
                         std::uint64_t raw_tokens) {
  const auto count = [&](Fate fate) {
    return static_cast<std::uint64_t>(std::count(written.fates.begin(), written.fates.end(), fate));
  };
  const std::size_t deliveries = messages.size();
  if (options_.release_all) {
    const std::lock_guard lock(mutex_);
    counts_.released += deliveries;
    std::move(messages.begin(), messages.end(), std::back_inserter(kept_));
  } else if (!messages.empty()) {
    source_.Ack(std::move(messages));
  }
  const std::lock_guard lock(mutex_);
  last_ack_ = clock_.SteadyNow();
  counts_.inserted += count(Fate::kInserted);
  counts_.raw_tokens += raw_tokens;
  counts_.duplicate += count(Fate::kDuplicate);
  counts_.quarantined += count(Fate::kQuarantined);
  for (const Refusal& refusal : written.refusals) {
    ++counts_.by_reason[static_cast<std::size_t>(refusal.reason)];
  }
  if (options_.release_all) return;
  counts_.redelivered += written.redelivered;
  counts_.committed += deliveries - written.redelivered;
}

void Pipeline::GiveBack(std::vector<Message> messages, bool now) {
  {
    const std::lock_guard lock(mutex_);
    counts_.released += messages.size();
  }
  source_.Release(std::move(messages), now);
}

void Pipeline::LookForTheEnd() {
  if (stop_.stop_requested()) return;
  if (options_.idle && SteadyMillis(clock_) - last_message_ms_.load() >= options_.idle->count()) {
    return Finish(Stopped::kIdle);
  }
  if (options_.until_empty && source_.Exhausted()) Finish(Stopped::kEmpty);
}

// The first reason counts; a later error replaces a reason that was none.
void Pipeline::Finish(Stopped why, std::optional<Error> error) {
  {
    const std::lock_guard lock(mutex_);
    if (!end_ || (why == Stopped::kError && end_->stopped != Stopped::kError)) {
      end_ = Outcome{why, std::move(error), true};
    }
    if (!grace_ends_) grace_ends_ = clock_.SteadyNow() + options_.grace;
  }
  source_.StopReceiving();
  stop_.request_stop();
}

bool Pipeline::GraceIsOver() const {
  const std::lock_guard lock(mutex_);
  return grace_ends_ && clock_.SteadyNow() >= *grace_ends_;
}

std::chrono::steady_clock::duration Pipeline::GraceLeft() const {
  const std::lock_guard lock(mutex_);
  return std::max(std::chrono::steady_clock::duration(std::chrono::seconds(1)),
                  *grace_ends_ - clock_.SteadyNow());
}

// How many deliveries this worker may take now.
std::size_t Pipeline::Reserve() {
  if (options_.max_messages == 0) return options_.batch_rows;
  std::uint64_t taken = reserved_.load();
  while (true) {
    const std::uint64_t left = options_.max_messages - std::min(taken, options_.max_messages);
    const std::uint64_t want = std::min<std::uint64_t>(left, options_.batch_rows);
    if (reserved_.compare_exchange_weak(taken, taken + want)) return want;
  }
}

void Pipeline::Unreserve(std::size_t n) {
  if (options_.max_messages != 0) reserved_ -= n;
}

RunCounts Pipeline::Counts() const {
  const std::uint64_t received = source_.received();
  const std::uint64_t released = source_.released();
  const std::lock_guard lock(mutex_);
  RunCounts counts = counts_;
  counts.received = received;
  counts.released += released;
  return counts;
}

milliseconds Pipeline::Elapsed() const {
  const std::lock_guard lock(mutex_);
  if (!first_receipt_ || !last_ack_) return milliseconds(0);
  return std::chrono::duration_cast<milliseconds>(*last_ack_ - *first_receipt_);
}

}  // namespace bauta
