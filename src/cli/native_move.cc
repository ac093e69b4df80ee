#include "cli/native_move.h"

#include <chrono>
#include <optional>
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

bool HasEnded(const aws::MoveTask& task) {
  return task.status == "COMPLETED" || task.status == "CANCELLED" || task.status == "FAILED";
}

// The task's handle.
Result<std::string> Start(aws::SqsClient& client, const MoveEnds& ends) {
  Result<std::string> handle = aws::Await<std::string>([&](aws::Done<std::string> done) {
    client.StartMoveTask(ends.from_arn, ends.to_arn, std::move(done));
  });
  // A start whose answer was lost may have been sent once more by the HTTP client, and refused then
  // because of the first.
  if (handle.ok() || handle.error().code == ErrorCode::kConfig) return handle;
  const Result<std::optional<aws::MoveTask>> newest = NewestTask(client, ends.from_arn);
  if (newest.ok() && *newest && (*newest)->status == "RUNNING") {
    log::Warn("redrive", "a move is under way already: waiting for its end",
              {{"reason", handle.error().message}});
    return (*newest)->handle;
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
  const std::string handle = TRY(Start(client, ends));
  bool cancelled = false;
  while (true) {
    const std::optional<aws::MoveTask> task = TRY(NewestTask(client, ends.from_arn));
    if (!task) return Fatal("SQS does not know the move any more");
    if (HasEnded(*task)) return *task;
    progress(*task);
    if (Pause(std::chrono::seconds(1), cancelled ? std::stop_token() : stop)) continue;
    cancelled = true;
    const Result<> answer = aws::Await<Unit>(
        [&](aws::Done<Unit> done) { client.CancelMoveTask(handle, std::move(done)); });
    // It may have ended meanwhile, which the next look tells.
    if (!answer.ok() && answer.error().code != ErrorCode::kRejected) return answer.error();
  }
}

}  // namespace bauta::cli
