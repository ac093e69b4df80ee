#include "cli/redrive_ends.h"

#include <utility>

#include "aws/retry.h"
#include "base/pause.h"

namespace bauta::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kAttempts = 6;
constexpr milliseconds kFirstPause{500};
constexpr seconds kVisibility{30};  // So long others wait for what we held when we were killed.

class SqsEnds : public RedriveEnds {
 public:
  SqsEnds(aws::SqsClient& client, std::string from, std::string to, std::stop_token stop)
      : client_(client), from_(std::move(from)), to_(std::move(to)), stop_(std::move(stop)) {}

  Result<std::vector<aws::Received>> Receive(int most) override {
    aws::ReceiveOptions ask;
    ask.max = most;
    ask.wait = seconds(1);
    ask.visibility = kVisibility;
    ask.system_attributes = {"MessageGroupId"};
    using Messages = std::vector<aws::Received>;
    return Try<Messages>(
        [&](aws::Done<Messages> done) { client_.ReceiveMessage(from_, ask, std::move(done)); });
  }

  Result<Refusals> Send(const std::vector<aws::SendEntry>& entries) override {
    return Try<Refusals>(
        [&](aws::Done<Refusals> done) { client_.SendMessageBatch(to_, entries, std::move(done)); });
  }

  Result<Refusals> Delete(const std::vector<std::string>& receipts) override {
    return Try<Refusals>([&](aws::Done<Refusals> done) {
      client_.DeleteMessageBatch(from_, receipts, std::move(done));
    });
  }

  // One try: without it they come by themselves.
  void GiveBack(const std::vector<std::string>& receipts) override {
    std::vector<aws::VisibilityChange> changes;
    for (const std::string& receipt : receipts) changes.push_back({receipt, seconds(0)});
    (void)aws::Await<Refusals>([&](aws::Done<Refusals> done) {
      client_.ChangeMessageVisibilityBatch(from_, changes, std::move(done));
    });
  }

  void Rest(int attempt) override { Pause(aws::Backoff(attempt, kFirstPause), stop_); }

 private:
  template <class T, class Call>
  Result<T> Try(Call call) {
    for (int attempt = 0;; ++attempt) {
      Result<T> result = aws::Await<T>(call);
      const bool again = !result.ok() && result.error().code == ErrorCode::kRetryable;
      if (!again || attempt + 1 >= kAttempts || stop_.stop_requested()) return result;
      Rest(attempt);
    }
  }

  aws::SqsClient& client_;
  const std::string from_, to_;
  const std::stop_token stop_;
};

}  // namespace

std::unique_ptr<RedriveEnds> BindRedriveEnds(aws::SqsClient& client, std::string from_url,
                                             std::string to_url, std::stop_token stop) {
  return std::make_unique<SqsEnds>(client, std::move(from_url), std::move(to_url), std::move(stop));
}

}  // namespace bauta::cli
