#include "cli/native_move.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/pause.h"

namespace bauta::cli {
namespace {

Result<std::optional<aws::MoveTask>> NewestTask(aws::SqsClient& client, const std::string& arn) {
  using Tasks = std::vector<aws::MoveTask>;
  const Tasks tasks = TRY(aws::Await<Tasks>(
      [&](aws::Done<Tasks> done) { client.ListMoveTasks(arn, std::move(done)); }));
  return tasks.empty() ? std::nullopt : std::optional(tasks.front());
}

// Which task is waited for: by its handle while it runs, by its start when it has ended.
struct Wanted {
  std::string handle;
  std::int64_t after_ms;  // By the server's clock: none that began then or before.
  bool Is(const aws::MoveTask& task) const {
    return task.handle == handle || task.started_ms == 0 || task.started_ms > after_ms;
  }
};

constexpr int kMostLooks = 60;  // Until a new task has to be in the list.

bool HasEnded(const aws::MoveTask& task) {
  return task.status == "COMPLETED" || task.status == "CANCELLED" || task.status == "FAILED";
}

Result<Wanted> Start(aws::SqsClient& client, const MoveEnds& ends) {
  const std::optional<aws::MoveTask> before = TRY(NewestTask(client, ends.from_arn));
  Result<std::string> handle = aws::Await<std::string>([&](aws::Done<std::string> done) {
    client.StartMoveTask(ends.from_arn, ends.to_arn, std::move(done));
  });
  // A start whose answer was lost may have been sent once more by the HTTP client, and refused then
  // because of the first.
  if (handle.ok()) return Wanted{*handle, before ? before->started_ms : 0};
  if (handle.error().code == ErrorCode::kConfig) return handle.error();
  const Result<std::optional<aws::MoveTask>> newest = NewestTask(client, ends.from_arn);
  if (newest.ok() && *newest && (*newest)->status == "RUNNING") {
    log::Warn("redrive", "a move is under way already: waiting for its end",
              {{"reason", handle.error().message}});
    return Wanted{(*newest)->handle, (*newest)->started_ms - 1};
  }
  Error error = handle.error();
  if (error.code != ErrorCode::kRetryable) return error;
  error.hint =
      "SQS may have started nevertheless; run it again: what has been moved is not there any more";
  return error;
}

}  // namespace

Result<aws::MoveTask> MoveNatively(aws::SqsClient& client, const MoveEnds& ends,
                                   const std::function<void(const aws::MoveTask&)>& progress,
                                   const std::stop_token& stop) {
  const Wanted wanted = TRY(Start(client, ends));
  bool cancelled = false;
  int looks = 0;
  while (true) {
    const std::optional<aws::MoveTask> task = TRY(NewestTask(client, ends.from_arn));
    const bool is_known = task && wanted.Is(*task);
    if (!is_known && ++looks == kMostLooks) {
      return Fatal("SQS has started a move that it does not list",
                   "look whether the queue becomes empty; run it again if it does not");
    }
    if (is_known && HasEnded(*task)) return *task;
    if (is_known) progress(*task);
    if (Pause(std::chrono::seconds(1), cancelled ? std::stop_token() : stop)) continue;
    cancelled = true;
    const Result<> answer = aws::Await<Unit>(
        [&](aws::Done<Unit> done) { client.CancelMoveTask(wanted.handle, std::move(done)); });
    // It may have ended meanwhile, which the next look tells.
    if (!answer.ok() && answer.error().code != ErrorCode::kRejected) return answer.error();
  }
}

}  // namespace bauta::cli
