#include "queue/group_commit.h"

#include <chrono>
#include <utility>

#include "base/log.h"

namespace bauta::queue {

namespace {
constexpr std::chrono::milliseconds kAgain(250);
}  // namespace

void GroupCommit::Changed() {
  const std::lock_guard lock(mutex_);
  ++changed_;
  wake_.notify_one();
}

void GroupCommit::WhenDurable(Done done) {
  std::unique_lock lock(mutex_);
  const bool durable = changed_ == durable_;
  if (!durable && !failing_) {
    waiting_.push_back({changed_, std::move(done)});
    return;
  }
  lock.unlock();
  done(durable);
}

bool GroupCommit::failing() const {
  const std::lock_guard lock(mutex_);
  return failing_;
}

void GroupCommit::Run(const std::stop_token& stop) {
  while (true) {
    std::unique_lock lock(mutex_);
    const bool some = wake_.wait(lock, stop, [this] { return changed_ != durable_; });
    if (!some) return;
    const std::uint64_t changed = changed_;
    lock.unlock();
    if (!Write(gather_(), stop)) return;
    Release(changed);
    if (stop.stop_requested()) return;
  }
}

// False: stopped before it could.
bool GroupCommit::Write(const Changes& changes, const std::stop_token& stop) {
  while (true) {
    const Result<> written = journal_.Write(changes);
    if (written.ok()) return true;
    Fail(written.error());
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, stop, kAgain, [] { return false; });
    if (stop.stop_requested()) return false;
  }
}

void GroupCommit::Fail(const Error& error) {
  std::deque<Waiting> waiting;
  {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(failing_, true)) {
      log::Error("queue", "cannot keep what changed; answering 503 until it can",
                 {{"reason", error.message}});
    }
    waiting.swap(waiting_);
  }
  for (const Waiting& w : waiting) w.done(false);
}

void GroupCommit::Release(std::uint64_t durable) {
  std::deque<Waiting> waiting;
  {
    const std::lock_guard lock(mutex_);
    durable_ = durable;
    if (std::exchange(failing_, false)) log::Info("queue", "keeps what changes again");
    while (!waiting_.empty() && waiting_.front().change <= durable) {
      waiting.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
  }
  for (const Waiting& w : waiting) w.done(true);
}

}  // namespace bauta::queue
