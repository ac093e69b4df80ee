// The part of Store that moves dead letters back.
#include <algorithm>
#include <memory>

#include "base/uuid.h"
#include "queue/store.h"
#include "queue/store_queue.h"

namespace bauta::queue {
namespace {

constexpr std::size_t kRemembered = 10;  // Tasks a queue.
constexpr int kStep = 1000;              // Messages moved before others get the lock.

Failure BadArn(std::string_view parameter) {
  return InvalidParameterValue("You must use this format to specify the " + std::string(parameter) +
                               ": arn:<partition>:<service>:<region>:<account-id>:<resource-id>");
}

}  // namespace

Outcome<Store::Queue*> Store::FindByArn(std::string_view arn, std::string_view parameter) const {
  const std::optional<QueueName> name = FromArn(arn);
  if (!name) return BadArn(parameter);
  const auto found = queues_.find(*name);
  if (found == queues_.end() || *found->second->arn != arn) {
    return ResourceNotFound("The resource that you specified for the " + std::string(parameter) +
                            " parameter doesn't exist.");
  }
  return found->second.get();
}

bool Store::IsDeadLetterQueue(const Queue& queue) const {
  return std::any_of(queues_.begin(), queues_.end(), [&](const auto& item) {
    const std::optional<Redrive>& redrive = item.second->settings.redrive();
    return redrive && redrive->target_arn == *queue.arn;
  });
}

Outcome<std::string> Store::StartMove(const std::string& source_arn,
                                      const std::string& destination_arn,
                                      std::optional<std::int64_t> per_second) {
  Locked lock(*this);
  Queue* source = OR_FAIL(FindByArn(source_arn, "SourceArn"));
  if (!IsDeadLetterQueue(*source)) {
    return InvalidParameterValue("Source queue must be configured as a Dead Letter Queue.");
  }
  if (!destination_arn.empty()) {
    const Queue* destination = OR_FAIL(FindByArn(destination_arn, "DestinationArn"));
    if (destination == source) {
      return InvalidParameterValue("Source queue arn and destination queue arn cannot be same.");
    }
    if (destination->settings.fifo() != source->settings.fifo()) {
      return InvalidParameterValue("Source and destination queues must be of the same type.");
    }
  }
  if (moving_.contains(source)) {
    return InvalidParameterValue(
        "There is already a task running. Only one active task is allowed for a source queue arn "
        "at a given time.");
  }
  Advance(*source);
  const Instant now = Now();
  source->moves.push_front({.id = ToString(RandomUuid()),
                            .source_arn = source_arn,
                            .destination_arn = destination_arn,
                            .per_second = per_second,
                            .status = MoveTask::Status::kRunning,
                            .failure = {},
                            .moved = 0,
                            .to_move = source->mailbox.counts().visible,
                            .started_ms = now.wall_ms,
                            .started = now.steady});
  if (source->moves.size() > kRemembered) source->moves.pop_back();
  moving_.insert(source);
  Changed(*source);
  return ToTaskHandle(source->moves.front());
}

Outcome<std::vector<MoveTask>> Store::Moves(const std::string& source_arn, std::size_t max) const {
  const std::lock_guard lock(mutex_);
  const Queue* source = OR_FAIL(FindByArn(source_arn, "SourceArn"));
  std::vector<MoveTask> tasks(source->moves.begin(), source->moves.end());
  if (tasks.size() > max) tasks.resize(max);
  return tasks;
}

Outcome<std::uint64_t> Store::CancelMove(const std::string& handle) {
  const Locked lock(*this);
  const std::optional<TaskName> name = FromTaskHandle(handle);
  if (!name) return InvalidParameterValue("Value for parameter TaskHandle is invalid.");
  Queue* source = OR_FAIL(FindByArn(name->source_arn, "SourceArn"));
  for (MoveTask& task : source->moves) {
    if (task.id != name->id) continue;
    if (task.status != MoveTask::Status::kRunning) {
      return UnsupportedOperation("Only active tasks can be cancelled.");
    }
    task.status = MoveTask::Status::kCancelled;
    moving_.erase(source);
    Changed(*source);
    return task.moved;
  }
  return ResourceNotFound("Task does not exist.");
}

// Where the task sends a message that came from `origin`; null ends the task.
Store::Queue* Store::DestinationOf(MoveTask& task, const std::string* origin) const {
  if (task.destination_arn.empty() && origin == nullptr) {
    task.failure = "CouldNotDetermineMessageSource";
    return nullptr;
  }
  const Outcome<Queue*> found =
      FindByArn(task.destination_arn.empty() ? *origin : task.destination_arn, "DestinationArn");
  if (found.ok()) return found.value();
  task.failure = QueueDoesNotExist().code;
  return nullptr;
}

// What is due of a queue's task.
void Store::Move(Queue& source) {
  MoveTask& task = source.moves.front();
  Advance(source);
  const Instant now = Now();
  for (int step = 0; step < kStep && task.Due() <= now.steady; ++step) {
    const std::optional<Mailbox::Stored> next = source.mailbox.First();
    Queue* to = next ? DestinationOf(task, next->dead_letter_source.get()) : nullptr;
    Changed(source);  // The task is of the queue.
    if (to == nullptr) {
      task.status = next ? MoveTask::Status::kFailed : MoveTask::Status::kCompleted;
      moving_.erase(&source);
      return;
    }
    auto content = std::make_shared<Content>(*next->content);  // A new message, but for its id.
    content->id = ToString(RandomUuid());
    source.mailbox.Drop(*next);
    to->mailbox.Add(std::move(content), now, std::chrono::seconds(0));
    MessagesChanged(*to);
    ++task.moved;
    if (!to->pollers.empty()) touched_.insert(to);
  }
}

}  // namespace bauta::queue
