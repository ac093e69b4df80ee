#include "cli/queue_loader.h"

#include <chrono>
#include <utility>

#include "aws/retry.h"

namespace bauta::cli {
namespace {

constexpr int kInFlight = 32;
constexpr std::size_t kEntries = 10;
constexpr std::size_t kBytes = 256 * 1024;  // Servers of before August 2025 take no more.
constexpr int kAttempts = 9;

}  // namespace

QueueLoader::QueueLoader(aws::SqsClient& client, std::string queue_url, Order order)
    : client_(client),
      queue_url_(std::move(queue_url)),
      most_in_flight_(order == Order::kKept ? 1 : kInFlight) {}

Result<> QueueLoader::Load(std::vector<aws::SendEntry> messages) {
  std::unique_lock lock(mutex_);
  messages_ = std::move(messages);
  SendMore();
  done_.wait(lock, [&] { return in_flight_ == 0; });
  if (broken_) return *broken_;
  return Ok();
}

std::uint64_t QueueLoader::sent() const {
  const std::lock_guard lock(mutex_);
  return sent_;
}
std::uint64_t QueueLoader::failed() const {
  const std::lock_guard lock(mutex_);
  return failed_;
}
std::string QueueLoader::last_refusal() const {
  const std::lock_guard lock(mutex_);
  return last_refusal_;
}

// With mutex_ held.
void QueueLoader::SendMore() {
  while (!broken_ && in_flight_ < most_in_flight_ && next_ < messages_.size()) {
    ++in_flight_;
    Send(NextBatch(), 0);
  }
  if (in_flight_ == 0) done_.notify_all();
}

QueueLoader::Indexes QueueLoader::NextBatch() {
  Indexes batch;
  std::size_t bytes = 0;
  while (next_ < messages_.size() && batch.size() < kEntries) {
    bytes += messages_[next_].body.size();
    if (!batch.empty() && bytes > kBytes) break;
    batch.push_back(next_++);
  }
  return batch;
}

void QueueLoader::Send(Indexes batch, int attempt) {
  std::vector<aws::SendEntry> entries;
  for (const std::size_t index : batch) entries.push_back(messages_[index]);
  client_.SendMessageBatch(
      queue_url_, entries,
      [this, attempt, batch = std::move(batch)](Result<std::vector<aws::Refused>> result) {
        OnSent(batch, attempt, std::move(result));
      });
}

void QueueLoader::OnSent(const Indexes& batch, int attempt,
                         Result<std::vector<aws::Refused>> result) {
  const std::lock_guard lock(mutex_);
  Indexes again;
  const bool last = attempt + 1 >= kAttempts;
  if (result.ok()) {
    sent_ += batch.size() - result->size();
    for (const aws::Refused& refused : *result) {
      if (!refused.sender_fault && !last) {
        again.push_back(batch[refused.entry]);
        continue;
      }
      ++failed_;
      last_refusal_ = refused.code;
    }
  } else if (result.error().code == ErrorCode::kRejected) {
    failed_ += batch.size();
    last_refusal_ = result.error().message;
  } else if (result.error().code == ErrorCode::kRetryable && !last && !broken_) {
    again = batch;
  } else {
    failed_ += batch.size();
    if (!broken_) broken_ = result.error();
  }
  if (!again.empty()) return SendAgain(std::move(again), attempt + 1);
  --in_flight_;
  SendMore();
}

void QueueLoader::SendAgain(Indexes batch, int attempt) {
  client_.After(aws::Backoff(attempt - 1, std::chrono::milliseconds(500)),
                [this, attempt, batch = std::move(batch)] { Send(batch, attempt); });
}

}  // namespace bauta::cli
