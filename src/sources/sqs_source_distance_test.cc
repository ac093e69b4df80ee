// How fast a queue that is far away is emptied, in time that the test moves: what counts here is
// how many calls are in flight and how much may be held, not what they cost.
#include <gtest/gtest.h>

#include "fakes/fake_sqs_queue.h"
#include "sources/sqs_source.h"

namespace bauta::sources {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// It has no end of messages, and answers each call so much later.
class FarQueue : public fakes::FakeSqsQueue {
 public:
  FarQueue(fakes::FakeClock& clock, milliseconds distance)
      : FakeSqsQueue(clock), distance_(distance) {}

  void Receive(aws::ReceiveOptions options, aws::Done<std::vector<aws::Received>> done) override {
    most_open_ = std::max(most_open_, ++open_);
    After(distance_, [this, n = options.max, done = std::move(done)] {
      --open_;
      next_ += n;
      done(fakes::MakeReceived(next_ - n, n));
    });
  }
  void Delete(std::vector<std::string> receipts,
              aws::Done<std::vector<aws::Refused>> done) override {
    After(distance_, [this, n = receipts.size(), done = std::move(done)] {
      deleted_ += n;
      done(std::vector<aws::Refused>());
    });
  }

  std::size_t deleted() const { return deleted_; }
  int most_open() const { return most_open_; }

 private:
  const milliseconds distance_;
  int next_ = 0, open_ = 0, most_open_ = 0;
  std::size_t deleted_ = 0;
};

// Takes up to 5,000 messages, or what came in 200 ms, and writes them in 200 ms.
class Worker {
 public:
  void Step(SqsSource& source, milliseconds now) {
    if (!held_.empty()) {
      if (now < done_) return;
      source.Ack(std::exchange(held_, {}));
    }
    auto got = source.Receive(kRows - taken_.size(), 4 << 20, milliseconds(0), milliseconds(0), {});
    if (got.ok()) std::move(got->begin(), got->end(), std::back_inserter(taken_));
    if (taken_.empty()) {
      due_ = now + milliseconds(200);
    } else if (taken_.size() == kRows || now >= due_) {
      held_ = std::exchange(taken_, {});
      done_ = now + milliseconds(200);
      due_ = done_ + milliseconds(200);
    }
  }

 private:
  static constexpr std::size_t kRows = 5000;
  std::vector<Message> taken_, held_;
  milliseconds due_{200}, done_{0};
};

// Messages deleted a second, once it has found its pace.
std::size_t Rate(milliseconds distance, SqsOptions options = {}) {
  fakes::FakeClock clock;
  auto owned = std::make_unique<FarQueue>(clock, distance);
  FarQueue& queue = *owned;
  SqsSource source(std::move(owned), seconds(30), options, clock);
  Worker workers[2];
  std::size_t before = 0;
  constexpr milliseconds kWarmUp{1000}, kEnd{1600};  // Three writes of each worker.
  for (milliseconds now{0}; now < kEnd; now += milliseconds(1)) {
    queue.Advance(milliseconds(1));
    for (Worker& worker : workers) worker.Step(source, now);
    if (now == kWarmUp) before = queue.deleted();
  }
  EXPECT_LE(queue.most_open(), options.max_receives);
  return (queue.deleted() - before) * 10 / 6;
}

TEST(SqsSourceDistance, AQueueThatIsFarIsEmptiedNearlyAsFast) {
  const std::size_t near = Rate(milliseconds(1));
  EXPECT_GT(near, 40'000u);
  for (const int distance : {20, 80}) {
    EXPECT_GT(Rate(milliseconds(distance)), near * 8 / 10) << distance << " ms";
  }
  SqsOptions few;
  few.max_receives = 64;  // It is their number that does it.
  EXPECT_LT(Rate(milliseconds(80), few), near / 2);
}

}  // namespace
}  // namespace bauta::sources
