#include "cli/queue_messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/text.h"

namespace bauta::cli {
namespace {

using std::chrono::seconds;
using Then = ShowOptions::Then;
using Refusals = std::vector<aws::Refused>;

constexpr std::size_t kBatch = 10;  // SQS takes no more entries in a call.
constexpr seconds kPeeking{30};  // So long others may wait for what a peek that was cut off held.

std::string MessageLine(const aws::Received& message) {
  return fmt::format(
      "{{\"MessageId\":{},\"SentTimestamp\":{},\"ApproximateReceiveCount\":{},"
      "\"MessageAttributes\":{},\"Body\":{}}}\n",
      JsonString(message.id), message.sent_ms, message.receive_count, message.attributes,
      JsonString(message.body));
}

class Viewer {
 public:
  Viewer(aws::SqsClient& client, const std::string& queue_url, const ShowOptions& options,
         std::FILE* to)
      : client_(client), url_(queue_url), options_(options), to_(to) {}

  Result<> Show() {
    aws::ReceiveOptions ask;
    ask.wait = options_.wait;
    if (options_.then == Then::kGiveBack) ask.visibility = kPeeking;
    bool more = true;
    while (more && seen_.size() < options_.max) {
      ask.max = static_cast<int>(std::min(kBatch, options_.max - seen_.size()));
      const std::vector<aws::Received> messages = TRY(Receive(ask));
      more = TRY(Print(messages));
      if (options_.then == Then::kDelete) TRY(Delete(messages));
      ask.wait = std::min(ask.wait, seconds(1));
    }
    return Ok();
  }

  Result<> GiveBack() {
    std::string code;
    for (std::size_t from = 0; from < peeked_.size(); from += kBatch) {
      std::vector<aws::VisibilityChange> changes;
      for (std::size_t i = from; i < std::min(from + kBatch, peeked_.size()); ++i) {
        changes.push_back({peeked_[i], seconds(0)});
      }
      const Refusals refused = TRY(aws::Await<Refusals>([&](aws::Done<Refusals> done) {
        client_.ChangeMessageVisibilityBatch(url_, changes, std::move(done));
      }));
      if (!refused.empty()) code = refused.front().code;
    }
    if (code.empty()) return Ok();
    return Fatal(
        fmt::format("some messages stay hidden for up to {} seconds: {}", kPeeking.count(), code));
  }

 private:
  Result<std::vector<aws::Received>> Receive(const aws::ReceiveOptions& ask) {
    using Messages = std::vector<aws::Received>;
    Messages messages = TRY(aws::Await<Messages>(
        [&](aws::Done<Messages> done) { client_.ReceiveMessage(url_, ask, std::move(done)); }));
    if (options_.then != Then::kGiveBack) return messages;
    for (const aws::Received& message : messages) peeked_.push_back(message.receipt);
    return messages;
  }

  // False if none of them is new.
  Result<bool> Print(const std::vector<aws::Received>& messages) {
    bool any_new = false;
    for (const aws::Received& message : messages) {
      if (!seen_.insert(message.id).second) continue;
      any_new = true;
      if (!message.intact) {
        log::Warn("queue", "a body came damaged; left in the queue", {{"message_id", message.id}});
        continue;
      }
      const std::string line = MessageLine(message);
      std::fwrite(line.data(), 1, line.size(), to_);
    }
    if (std::fflush(to_) != 0 || std::ferror(to_) != 0) {
      return Fatal("the output takes no more; what it did not take is still in the queue");
    }
    return any_new;
  }

  Result<> Delete(const std::vector<aws::Received>& messages) {
    std::vector<std::string> receipts;
    for (const aws::Received& message : messages) {
      if (message.intact) receipts.push_back(message.receipt);
    }
    if (receipts.empty()) return Ok();
    const Refusals refused = TRY(aws::Await<Refusals>([&](aws::Done<Refusals> done) {
      client_.DeleteMessageBatch(url_, receipts, std::move(done));
    }));
    if (refused.empty()) return Ok();
    return Fatal(
        fmt::format("{} messages were not deleted: {}", refused.size(), refused.front().code));
  }

  aws::SqsClient& client_;
  const std::string& url_;
  const ShowOptions& options_;
  std::FILE* const to_;
  std::set<std::string> seen_;       // Ids.
  std::vector<std::string> peeked_;  // Receipts.
};

}  // namespace

Result<> ShowMessages(aws::SqsClient& client, const std::string& queue_url,
                      const ShowOptions& options, std::FILE* to) {
  Viewer viewer(client, queue_url, options, to);
  const Result<> shown = viewer.Show();
  const Result<> given_back = viewer.GiveBack();
  return shown.ok() ? given_back : shown;
}

}  // namespace bauta::cli
