#include "queue/move_task.h"

#include <simdjson.h>

#include "base/text.h"

namespace bauta::queue {

SteadyTime MoveTask::Due() const {
  if (!per_second) return started;
  const auto after = static_cast<std::int64_t>(moved) * 1'000'000 / *per_second;
  return started + std::chrono::microseconds(after);
}

std::string_view ToText(MoveTask::Status status) {
  switch (status) {
    case MoveTask::Status::kRunning:
      return "RUNNING";
    case MoveTask::Status::kCompleted:
      return "COMPLETED";
    case MoveTask::Status::kCancelled:
      return "CANCELLED";
    case MoveTask::Status::kFailed:
      return "FAILED";
  }
  return "";
}

std::string ToTaskHandle(const MoveTask& task) {
  return Base64Encode(R"({"taskId":)" + JsonString(task.id) + R"(,"sourceArn":)" +
                      JsonString(task.source_arn) + "}");
}

std::optional<TaskName> FromTaskHandle(std::string_view handle) {
  const std::optional<std::string> json = Base64Decode(handle);
  if (!json) return std::nullopt;
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  std::string_view id;
  std::string_view arn;
  if (parser.parse(*json).get(object) != simdjson::SUCCESS ||
      object["taskId"].get(id) != simdjson::SUCCESS ||
      object["sourceArn"].get(arn) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  return TaskName{std::string(id), std::string(arn)};
}

}  // namespace bauta::queue
