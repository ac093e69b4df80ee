// An SQS queue played by the test: calls wait until the test answers them, time stands still until
// it is moved.
#pragma once

#include <algorithm>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "aws/sqs_queue.h"
#include "fakes/fake_clock.h"

namespace bauta::fakes {

class FakeSqsQueue : public aws::SqsQueue {
 public:
  template <class Sent, class Answer>
  struct Call {
    Sent sent;
    aws::Done<Answer> done;
  };
  using ReceiveCall = Call<aws::ReceiveOptions, std::vector<aws::Received>>;
  using DeleteCall = Call<std::vector<std::string>, std::vector<aws::Refused>>;
  using ChangeCall = Call<std::vector<aws::VisibilityChange>, std::vector<aws::Refused>>;

  explicit FakeSqsQueue(FakeClock& clock) : clock_(clock) {}

  void Receive(aws::ReceiveOptions options, aws::Done<std::vector<aws::Received>> done) override {
    receives.push_back({options, std::move(done)});
  }
  void Delete(std::vector<std::string> receipts,
              aws::Done<std::vector<aws::Refused>> done) override {
    deletes.push_back({std::move(receipts), std::move(done)});
  }
  void ChangeVisibility(std::vector<aws::VisibilityChange> changed,
                        aws::Done<std::vector<aws::Refused>> done) override {
    changes.push_back({std::move(changed), std::move(done)});
  }
  void GetAttributes(aws::Done<aws::AttributeMap> done) override {
    counts.push_back(std::move(done));
  }
  void After(std::chrono::milliseconds delay, std::function<void()> fn) override {
    timers_.emplace(clock_.SteadyNow() + delay, std::move(fn));
  }

  void Advance(std::chrono::milliseconds by) {
    const SteadyTime until = clock_.SteadyNow() + by;
    while (!timers_.empty() && timers_.begin()->first <= until) {
      auto node = timers_.extract(timers_.begin());
      MoveTo(node.key());
      node.mapped()();
    }
    MoveTo(until);
  }

  // Answers the oldest call of its kind.
  void AnswerReceive(Result<std::vector<aws::Received>> result) { Answer(receives, result); }
  void AnswerDelete(Result<std::vector<aws::Refused>> result) { Answer(deletes, result); }
  void AnswerChange(Result<std::vector<aws::Refused>> result) { Answer(changes, result); }
  void AnswerCount(const char* visible, const char* in_flight = "0") {
    aws::Done<aws::AttributeMap> done = std::move(counts.front());
    counts.pop_front();
    done(aws::AttributeMap{{"ApproximateNumberOfMessages", visible},
                           {"ApproximateNumberOfMessagesNotVisible", in_flight},
                           {"ApproximateNumberOfMessagesDelayed", "0"}});
  }

  std::deque<ReceiveCall> receives;
  std::deque<DeleteCall> deletes;
  std::deque<ChangeCall> changes;
  std::deque<aws::Done<aws::AttributeMap>> counts;

 private:
  template <class Calls, class Answered>
  static void Answer(Calls& calls, Answered result) {
    auto call = std::move(calls.front());
    calls.pop_front();
    call.done(std::move(result));
  }

  void MoveTo(SteadyTime time) {
    const SteadyTime now = clock_.SteadyNow();
    if (time > now) clock_.Advance(std::chrono::ceil<std::chrono::milliseconds>(time - now));
  }

  FakeClock& clock_;
  std::multimap<SteadyTime, std::function<void()>> timers_;
};

// Message number `n`; every delivery of it has a receipt of its own.
inline aws::Received MakeReceived(int n, const std::string& receipt) {
  aws::Received message;
  message.id = "message-" + std::to_string(n);
  message.receipt = receipt;
  message.body = "{\"n\":" + std::to_string(n) + "}";
  message.sent_ms = 1'795'244'400'000 + n;
  return message;
}

inline std::vector<aws::Received> MakeReceived(int first, int count) {
  std::vector<aws::Received> messages;
  for (int n = first; n < first + count; ++n) {
    messages.push_back(MakeReceived(n, "r" + std::to_string(n)));
  }
  return messages;
}

// Of a FIFO queue: `ids` as "a1", the first of group a, a receive count each.
inline std::vector<aws::Received> MakeGrouped(const std::vector<std::string>& ids,
                                              int receive_count = 1) {
  std::vector<aws::Received> messages;
  for (const std::string& id : ids) {
    messages.push_back(MakeReceived(0, "r-" + id));
    messages.back().id = id;
    messages.back().group = id.substr(0, 1);
    messages.back().receive_count = receive_count;
  }
  return messages;
}

}  // namespace bauta::fakes
