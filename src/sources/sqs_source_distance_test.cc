// How fast a queue that is far away is emptied, in time that the test moves: what counts here is
// how many calls are in flight and how much may be held, not what they cost.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

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
      : FakeSqsQueue(clock), clock_(clock), distance_(distance) {}

  void Receive(aws::ReceiveOptions options, aws::Done<std::vector<aws::Received>> done) override {
    most_open_ = std::max(most_open_, ++open_);
    After(distance_, [this, n = options.max, options, done = std::move(done)] {
      --open_;
      next_ += n;
      std::vector<aws::Received> messages = fakes::MakeReceived(next_ - n, n);
      for (const aws::Received& message : messages) {
        shown_[message.receipt] = clock_.SteadyNow() + options.visibility.value();
      }
      done(std::move(messages));
    });
  }
  void Delete(std::vector<std::string> receipts,
              aws::Done<std::vector<aws::Refused>> done) override {
    After(distance_, [this, n = receipts.size(), done = std::move(done)] {
      deleted_ += n;
      done(std::vector<aws::Refused>());
    });
  }

  void ChangeVisibility(std::vector<aws::VisibilityChange> changes,
                        aws::Done<std::vector<aws::Refused>> done) override {
    After(distance_, [this, changes = std::move(changes), done = std::move(done)] {
      for (const aws::VisibilityChange& change : changes) {
        SteadyTime& shown = shown_[change.receipt];
        if (shown < clock_.SteadyNow()) ++late_;
        shown = clock_.SteadyNow() + change.visibility;
      }
      done(std::vector<aws::Refused>());
    });
  }

  // Messages that the queue could have given to others by now, or before they were extended.
  std::size_t lost() const {
    return late_ + static_cast<std::size_t>(std::count_if(
                       shown_.begin(), shown_.end(),
                       [&](const auto& message) { return message.second < clock_.SteadyNow(); }));
  }
  std::size_t held() const { return shown_.size(); }
  std::size_t deleted() const { return deleted_; }
  int most_open() const { return most_open_; }

 private:
  const fakes::FakeClock& clock_;
  const milliseconds distance_;
  std::unordered_map<std::string, SteadyTime> shown_;  // By receipt: to others, from then on.
  std::size_t late_ = 0;
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

// As much as may be held, all of it out, while the database is away.
TEST(SqsSourceDistance, HeartbeatsKeepUpFromFarAway) {
  const struct {
    seconds visibility;
    std::size_t held;
  } kCases[] = {{seconds(10), 20'000}, {seconds(4), 20'000}, {seconds(1), 5'000}};
  for (const auto& c : kCases) {
    fakes::FakeClock clock;
    auto owner = std::make_unique<FarQueue>(clock, milliseconds(100));
    FarQueue& queue = *owner;
    SqsOptions options;
    options.max_messages = c.held;
    SqsSource source(std::move(owner), c.visibility, options, clock);
    for (milliseconds now(0); now < 3 * c.visibility; now += milliseconds(50)) {
      ASSERT_TRUE(
          source.Receive(5'000, 1 << 30, milliseconds(0), milliseconds(0), std::stop_token()).ok());
      queue.Advance(milliseconds(50));
    }
    EXPECT_GT(queue.held(), c.held * 9 / 10);
    EXPECT_EQ(queue.lost(), 0u) << c.visibility.count() << " s, " << c.held;
  }
}

}  // namespace
}  // namespace bauta::sources
