// A task that moves the messages of a dead-letter queue back to where they came from, or elsewhere.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace bauta::queue {

struct MoveTask {
  enum class Status { kRunning, kCompleted, kCancelled, kFailed };

  std::string id;
  std::string source_arn;
  std::string destination_arn;             // Empty: each message goes to the queue it came from.
  std::optional<std::int64_t> per_second;  // None: as fast as it goes.
  Status status = Status::kRunning;
  std::string failure;  // Of one that failed.
  std::uint64_t moved = 0, to_move = 0;
  std::int64_t started_ms = 0;
  SteadyTime started{};

  // When the next message is due.
  SteadyTime Due() const;
};

std::string_view ToText(MoveTask::Status status);  // "RUNNING"
// What clients know a task by: base64 of {"taskId":...,"sourceArn":...}.
std::string ToTaskHandle(const MoveTask& task);
struct TaskName {
  std::string id, source_arn;
};
std::optional<TaskName> FromTaskHandle(std::string_view handle);

}  // namespace bauta::queue
