#include <optional>
#include <utility>

#include "queue/data_rows.h"
#include "queue/pack.h"

namespace bauta::queue {

// What never changes of a message, and what does: a receive writes no body.
const char* const kDataTables = R"(
CREATE TABLE server (receipt_key INTEGER NOT NULL, last_queue INTEGER NOT NULL) STRICT;
CREATE TABLE queue (
  id INTEGER PRIMARY KEY, arn TEXT NOT NULL UNIQUE, by_group INTEGER NOT NULL,
  attributes BLOB NOT NULL, tags BLOB NOT NULL,
  created_s INTEGER NOT NULL, modified_s INTEGER NOT NULL, purged_ms INTEGER) STRICT;
CREATE TABLE counters (
  queue INTEGER PRIMARY KEY, next INTEGER NOT NULL, receipts INTEGER NOT NULL) STRICT;
CREATE TABLE move_task (
  queue INTEGER NOT NULL, place INTEGER NOT NULL, id TEXT NOT NULL, destination TEXT NOT NULL,
  per_second INTEGER, status INTEGER NOT NULL, failure TEXT NOT NULL, moved INTEGER NOT NULL,
  to_move INTEGER NOT NULL, started_ms INTEGER NOT NULL,
  PRIMARY KEY (queue, place)) STRICT, WITHOUT ROWID;
CREATE TABLE message (
  place INTEGER PRIMARY KEY, sent_ms INTEGER NOT NULL, id TEXT NOT NULL, source TEXT,
  group_id TEXT, deduplication_id TEXT, attributes BLOB, system_attributes BLOB,
  body TEXT NOT NULL) STRICT;
CREATE TABLE receipt (
  place INTEGER PRIMARY KEY, state INTEGER NOT NULL, due_ms INTEGER NOT NULL,
  receives INTEGER NOT NULL, receives_here INTEGER NOT NULL, first_received_ms INTEGER NOT NULL,
  received_ms INTEGER NOT NULL, receipt INTEGER NOT NULL, attempt TEXT,
  attempt_until_ms INTEGER NOT NULL) STRICT;
CREATE TABLE sent (
  queue INTEGER NOT NULL, key TEXT NOT NULL, until_ms INTEGER NOT NULL, id TEXT NOT NULL,
  number INTEGER NOT NULL, PRIMARY KEY (queue, key)) STRICT, WITHOUT ROWID;
CREATE INDEX sent_until ON sent (until_ms);
)";

namespace {

constexpr std::int64_t kDay = 86'400'000;

std::string Packed(const Attributes& attributes) {
  std::string bytes;
  for (const auto& [name, value] : attributes) {
    Pack(bytes, name);
    Pack(bytes, value);
  }
  return bytes;
}

std::string Packed(const MessageAttributes& attributes) {
  std::string bytes;
  for (const auto& [name, attribute] : attributes) {
    Pack(bytes, name);
    Pack(bytes, attribute.type);
    Pack(bytes, attribute.value);
  }
  return bytes;
}

// What most messages have not is NULL.
std::optional<std::string_view> Given(std::string_view text) {
  if (text.empty()) return std::nullopt;
  return text;
}
std::optional<Statement::Blob> GivenBlob(std::string_view bytes) {
  if (bytes.empty()) return std::nullopt;
  return Statement::Blob{bytes};
}

bool AsSent(const MessageRecord& record) {
  return record.state == MessageRecord::State::kVisible && record.receives == 0;
}

}  // namespace

Result<DataWriter> DataWriter::Make(Database& database) {
  DataWriter to;
  // A commit that failed may be there all the same, so writing again must do no harm.
  const std::pair<Statement*, const char*> statements[] = {
      {&to.server_, "UPDATE server SET last_queue = ?1"},
      {&to.queue_,
       "INSERT OR REPLACE INTO queue (id, arn, by_group, attributes, tags, created_s, modified_s, "
       "purged_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"},
      {&to.counters_,
       "INSERT OR REPLACE INTO counters (queue, next, receipts) VALUES (?1, ?2, ?3)"},
      {&to.move_,
       "INSERT INTO move_task (queue, place, id, destination, per_second, status, failure, moved, "
       "to_move, started_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"},
      {&to.message_,
       "INSERT OR REPLACE INTO message (place, sent_ms, id, source, group_id, deduplication_id, "
       "attributes, "
       "system_attributes, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"},
      {&to.receipt_,
       "INSERT OR REPLACE INTO receipt (place, state, due_ms, receives, receives_here, "
       "first_received_ms, received_ms, receipt, attempt, attempt_until_ms) "
       "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"},
      {&to.sent_,
       "INSERT OR REPLACE INTO sent (queue, key, id, number, until_ms) VALUES (?1, ?2, ?3, ?4, "
       "?5)"},
      {&to.no_queue_, "DELETE FROM queue WHERE id = ?1"},
      {&to.no_counters_, "DELETE FROM counters WHERE queue = ?1"},
      {&to.no_moves_, "DELETE FROM move_task WHERE queue = ?1"},
      {&to.no_message_, "DELETE FROM message WHERE place = ?1"},
      {&to.no_receipt_, "DELETE FROM receipt WHERE place = ?1"},
      {&to.no_messages_, "DELETE FROM message WHERE place BETWEEN ?1 AND ?2"},
      {&to.no_receipts_, "DELETE FROM receipt WHERE place BETWEEN ?1 AND ?2"},
      {&to.no_sent_, "DELETE FROM sent WHERE queue = ?1"},
      {&to.no_old_sent_, "DELETE FROM sent WHERE until_ms <= ?1"},
  };
  for (const auto& [statement, sql] : statements) *statement = TRY(database.Prepare(sql));
  return to;
}

Result<> DataWriter::Write(const Changes& changes) {
  for (const std::uint64_t queue : changes.removed) TRY(Remove(queue));
  if (!changes.queues.empty() || !changes.removed.empty()) TRY(server_.Run(changes.last_queue));
  for (const QueueRecord& queue : changes.queues) TRY(Write(queue));
  for (const MailboxChanges& mailbox : changes.mailboxes) TRY(Write(mailbox));
  return no_old_sent_.Run(changes.now_ms - kDay);  // A clock that jumps may jump back.
}

Result<> DataWriter::Remove(std::uint64_t queue) {
  TRY(no_queue_.Run(queue));
  TRY(no_counters_.Run(queue));
  TRY(no_moves_.Run(queue));
  return Clear(queue);
}

// Its messages, and what it was sent a moment ago.
Result<> DataWriter::Clear(std::uint64_t queue) {
  const std::uint64_t first = PlaceOf(queue, 0);
  const std::uint64_t last = PlaceOf(queue + 1, 0) - 1;
  TRY(no_messages_.Run(first, last));
  TRY(no_receipts_.Run(first, last));
  return no_sent_.Run(queue);
}

Result<> DataWriter::Write(const QueueRecord& queue) {
  TRY(queue_.Run(queue.id, queue.arn, queue.deduplicates_by_group ? 1 : 0,
                 Statement::Blob{Packed(queue.attributes)}, Statement::Blob{Packed(queue.tags)},
                 queue.created_s, queue.modified_s, queue.purged_ms));
  TRY(no_moves_.Run(queue.id));
  int place = 0;
  for (const MoveTask& task : queue.moves) {
    TRY(move_.Run(queue.id, place++, task.id, task.destination_arn, task.per_second,
                  static_cast<int>(task.status), task.failure, task.moved, task.to_move,
                  task.started_ms));
  }
  return Ok();
}

Result<> DataWriter::Write(const MailboxChanges& mailbox) {
  const std::uint64_t queue = mailbox.queue;
  if (mailbox.counters.next >> kNumberBits != 0) return Fatal("a queue has run out of numbers");
  if (mailbox.cleared) TRY(Clear(queue));
  TRY(counters_.Run(queue, mailbox.counters.next, mailbox.counters.receipts));
  for (const std::uint64_t number : mailbox.gone) {
    TRY(no_message_.Run(PlaceOf(queue, number)));
    TRY(no_receipt_.Run(PlaceOf(queue, number)));
  }
  for (const MessageRecord& record : mailbox.changed) {
    TRY(WriteState(PlaceOf(queue, record.number), record));
  }
  for (const MessageRecord& record : mailbox.added) {
    TRY(Add(PlaceOf(queue, record.number), record));
  }
  for (const SentRecord& sent : mailbox.sent) {
    TRY(sent_.Run(queue, sent.key, sent.id, sent.number, sent.until_ms));
  }
  return Ok();
}

Result<> DataWriter::WriteState(std::uint64_t place, const MessageRecord& record) {
  return receipt_.Run(place, static_cast<int>(record.state), record.due_ms, record.receives,
                      record.receives_here, record.first_received_ms, record.received_ms,
                      record.receipt, Given(record.attempt), record.attempt_until_ms);
}

Result<> DataWriter::Add(std::uint64_t place, const MessageRecord& record) {
  const Content& content = *record.content;
  const std::string attributes = Packed(content.extras->attributes);
  const std::string system_attributes = Packed(content.extras->system_attributes);
  const std::string_view source =
      record.dead_letter_source ? std::string_view(*record.dead_letter_source) : "";
  TRY(message_.Run(place, record.sent_ms, content.id.view(), Given(source),
                   Given(content.extras->group_id), Given(content.extras->deduplication_id),
                   GivenBlob(attributes), GivenBlob(system_attributes), content.body));
  return AsSent(record) ? Ok() : WriteState(place, record);
}

}  // namespace bauta::queue
