// The part of Store that outlives the process.
#include <algorithm>
#include <chrono>
#include <utility>

#include "queue/store.h"
#include "queue/store_queue.h"

namespace bauta::queue {

using std::chrono::milliseconds;

namespace {
Error Damaged(std::string_view what) {
  return ConfigError("a queue's " + std::string(what) + " is not what it should be");
}
}  // namespace

void Store::Changed(Queue& queue) {
  if (!commit_) return;
  queue.changed = true;
  changed_.insert(&queue);
}

void Store::MessagesChanged(Queue& queue) {
  if (queue.mailbox.HasChanges()) changed_.insert(&queue);
}

Result<> Store::Keep(std::unique_ptr<Journal> journal) {
  const Journal::Saved saved = TRY(journal->ReadQueues());
  const Instant now = Now();
  const std::lock_guard lock(mutex_);
  key_ = saved.receipt_key;
  last_id_ = saved.last_queue;
  std::map<std::uint64_t, std::pair<Queue*, std::uint64_t>> queues;  // And their next number.
  for (const Journal::SavedQueue& queue : saved.queues) {
    queues[queue.queue.id] = {TRY(Restore(queue, now)), queue.counters.next};
  }
  TRY(journal->ReadMessages([&](std::uint64_t id, MessageRecord record) -> Result<> {
    const auto found = queues.find(id);
    if (found == queues.end()) return Damaged("message");
    const auto [queue, next] = found->second;
    if (record.number >= next) return Damaged("count of messages");
    queue->mailbox.Restore(std::move(record), now);
    return Ok();
  }));
  for (const Journal::SavedQueue& queue : saved.queues) {
    Mailbox& mailbox = queues[queue.queue.id].first->mailbox;
    for (const SentRecord& sent : queue.sent) mailbox.Restore(sent, now);
    mailbox.NoteChanges(queue.counters);
  }
  journal_ = std::move(journal);
  commit_ = std::make_unique<GroupCommit>(*journal_, [this] { return Gather(); });
  return Ok();
}

// Without its messages.
Result<Store::Queue*> Store::Restore(const Journal::SavedQueue& saved, const Instant& now) {
  const QueueRecord& record = saved.queue;
  const std::optional<QueueName> name = FromArn(record.arn);
  if (!name || record.id > last_id_) return Damaged("name");
  const bool fifo = name->name.ends_with(".fifo");
  Settings settings(fifo);
  if (!settings.Apply(record.attributes).ok()) return Damaged("attributes");
  Mailbox mailbox(record.id, key_, fifo ? Mailbox::Kind::kFifo : Mailbox::Kind::kStandard);
  auto queue = std::make_unique<Queue>(*name, record.arn, std::move(settings), std::move(mailbox),
                                       record.created_s);
  queue->scope = record.deduplicates_by_group ? Mailbox::Scope::kGroup : Mailbox::Scope::kQueue;
  queue->tags = record.tags;
  queue->modified_s = record.modified_s;
  if (record.purged_ms) {
    queue->purged =
        now.steady + std::min(milliseconds(*record.purged_ms - now.wall_ms), milliseconds(0));
  }
  queue->moves.assign(record.moves.begin(), record.moves.end());
  if (!queue->moves.empty() && queue->moves.front().status == MoveTask::Status::kRunning) {
    MoveTask& task = queue->moves.front();  // Goes on; what was not moved meanwhile is not due.
    task.started = now.steady;
    task.started -= task.Due() - now.steady;
    moving_.insert(queue.get());
  }
  Queue* const restored = queue.get();
  if (!queues_.emplace(*name, std::move(queue)).second) return Damaged("name");
  return restored;
}

QueueRecord Store::ToRecord(const Queue& queue, const Instant& now) {
  QueueRecord record{.id = queue.mailbox.id(),
                     .arn = *queue.arn,
                     .deduplicates_by_group = queue.scope == Mailbox::Scope::kGroup,
                     .attributes = queue.settings.All(),
                     .tags = queue.tags,
                     .created_s = queue.created_s,
                     .modified_s = queue.modified_s,
                     .purged_ms = {},
                     .moves = {queue.moves.begin(), queue.moves.end()}};
  if (queue.purged) {
    const auto ago = std::chrono::duration_cast<milliseconds>(now.steady - *queue.purged);
    record.purged_ms = now.wall_ms - ago.count();
  }
  return record;
}

Changes Store::Gather() {
  const std::lock_guard lock(mutex_);
  const Instant now = Now();
  Changes changes{.now_ms = now.wall_ms,
                  .last_queue = last_id_,
                  .removed = std::exchange(removed_, {}),
                  .queues = {},
                  .mailboxes = {}};
  for (Queue* queue : changed_) {
    if (std::exchange(queue->changed, false)) changes.queues.push_back(ToRecord(*queue, now));
    changes.mailboxes.push_back(queue->mailbox.TakeChanges(now));
  }
  changed_.clear();
  return changes;
}

void Store::Record(const std::stop_token& stop) {
  if (commit_) commit_->Run(stop);
}

}  // namespace bauta::queue
