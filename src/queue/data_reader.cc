#include <utility>

#include "queue/data_rows.h"
#include "queue/digest.h"
#include "queue/pack.h"

namespace bauta::queue {
namespace {

std::uint64_t Unsigned(std::int64_t n) { return static_cast<std::uint64_t>(n); }

// An enum whose last value is `last`.
template <class E>
Result<E> ToEnum(std::int64_t n, E last) {
  if (n < 0 || n > static_cast<std::int64_t>(last)) return Damaged("a state");
  return static_cast<E>(n);
}

Result<Attributes> ToAttributes(std::string_view bytes) {
  const auto texts = Unpack(bytes);
  if (!texts || texts->size() % 2 != 0) return Damaged("a queue's attributes");
  Attributes attributes;
  for (std::size_t i = 0; i < texts->size(); i += 2) attributes[(*texts)[i]] = (*texts)[i + 1];
  return attributes;
}

Result<MessageAttributes> ToMessageAttributes(std::string_view bytes) {
  const auto texts = Unpack(bytes);
  if (!texts || texts->size() % 3 != 0) return Damaged("a message's attributes");
  MessageAttributes attributes;
  for (std::size_t i = 0; i < texts->size(); i += 3) {
    attributes[(*texts)[i]] = {(*texts)[i + 1], (*texts)[i + 2]};
  }
  return attributes;
}

Result<std::vector<MoveTask>> ReadMoves(Database& database, std::uint64_t queue,
                                        const std::string& arn) {
  Statement rows = TRY(database.Prepare(
      "SELECT id, destination, per_second, status, failure, moved, to_move, started_ms "
      "FROM move_task WHERE queue = ?1 ORDER BY place"));
  TRY(rows.Bind(queue));
  std::vector<MoveTask> moves;
  while (TRY(rows.Step())) {
    MoveTask& task = moves.emplace_back();
    task.id = rows.Bytes(0);
    task.source_arn = arn;
    task.destination_arn = rows.Bytes(1);
    if (!rows.IsNull(2)) task.per_second = rows.Integer(2);
    task.status = TRY(ToEnum(rows.Integer(3), MoveTask::Status::kFailed));
    task.failure = rows.Bytes(4);
    task.moved = Unsigned(rows.Integer(5));
    task.to_move = Unsigned(rows.Integer(6));
    task.started_ms = rows.Integer(7);
  }
  return moves;
}

Result<std::vector<SentRecord>> ReadSent(Database& database, std::uint64_t queue) {
  Statement rows = TRY(database.Prepare(
      "SELECT key, id, number, until_ms FROM sent WHERE queue = ?1 ORDER BY until_ms"));
  TRY(rows.Bind(queue));
  std::vector<SentRecord> sent;
  while (TRY(rows.Step())) {
    sent.push_back({std::string(rows.Bytes(0)), std::string(rows.Bytes(1)),
                    Unsigned(rows.Integer(2)), rows.Integer(3)});
  }
  return sent;
}

// Columns 2 to 7 of a message.
Result<std::shared_ptr<Content>> ReadContent(Statement& rows) {
  auto content = std::make_shared<Content>();
  Rarely<Content::Extras>& extras = content->extras;
  content->id = rows.Bytes(2);
  if (!rows.IsNull(3)) extras.Set().group_id = rows.Bytes(3);
  if (!rows.IsNull(4)) extras.Set().deduplication_id = rows.Bytes(4);
  if (!rows.IsNull(5)) extras.Set().attributes = TRY(ToMessageAttributes(rows.Bytes(5)));
  if (!rows.IsNull(6)) extras.Set().system_attributes = TRY(ToMessageAttributes(rows.Bytes(6)));
  content->body = rows.Bytes(7);
  content->body_md5 = Md5(std::string_view(content->body));
  return content;
}

// From column 9 on.
Result<> ReadState(Statement& rows, MessageRecord& record) {
  if (rows.IsNull(9)) return Ok();  // As it was sent.
  record.state = TRY(ToEnum(rows.Integer(9), MessageRecord::State::kInFlight));
  record.due_ms = rows.Integer(10);
  record.receives = static_cast<std::uint32_t>(rows.Integer(11));
  record.receives_here = static_cast<std::uint32_t>(rows.Integer(12));
  record.first_received_ms = rows.Integer(13);
  record.received_ms = rows.Integer(14);
  record.receipt = Unsigned(rows.Integer(15));
  record.attempt = rows.Bytes(16);
  record.attempt_until_ms = rows.Integer(17);
  return Ok();
}

}  // namespace

Result<Journal::Saved> ReadQueues(Database& database) {
  Journal::Saved saved;
  Statement server = TRY(database.Prepare("SELECT receipt_key, last_queue FROM server"));
  if (!TRY(server.Step())) return Damaged("its first table");
  saved.receipt_key = Unsigned(server.Integer(0));
  saved.last_queue = Unsigned(server.Integer(1));
  Statement queues = TRY(
      database.Prepare("SELECT id, arn, by_group, attributes, tags, created_s, modified_s, "
                       "purged_ms, next, receipts "
                       "FROM queue LEFT JOIN counters ON queue.id = counters.queue ORDER BY id"));
  while (TRY(queues.Step())) {
    Journal::SavedQueue& to = saved.queues.emplace_back();
    to.queue.id = Unsigned(queues.Integer(0));
    to.queue.arn = queues.Bytes(1);
    to.queue.deduplicates_by_group = queues.Integer(2) != 0;
    to.queue.attributes = TRY(ToAttributes(queues.Bytes(3)));
    to.queue.tags = TRY(ToAttributes(queues.Bytes(4)));
    to.queue.created_s = queues.Integer(5);
    to.queue.modified_s = queues.Integer(6);
    if (!queues.IsNull(7)) to.queue.purged_ms = queues.Integer(7);
    to.counters = {Unsigned(queues.Integer(8)), Unsigned(queues.Integer(9))};
    to.queue.moves = TRY(ReadMoves(database, to.queue.id, to.queue.arn));
    to.sent = TRY(ReadSent(database, to.queue.id));
  }
  return saved;
}

Result<> ReadMessages(Database& database, const Journal::MessageReader& reader) {
  Statement rows = TRY(database.Prepare(
      "SELECT message.place, sent_ms, id, group_id, deduplication_id, attributes, "
      "system_attributes, body, source, state, due_ms, receives, receives_here, first_received_ms, "
      "received_ms, receipt, attempt, attempt_until_ms "
      "FROM message LEFT JOIN receipt ON message.place = receipt.place ORDER BY message.place"));
  std::shared_ptr<const std::string> source;  // Neighbours often share one.
  while (TRY(rows.Step())) {
    const std::uint64_t place = Unsigned(rows.Integer(0));
    MessageRecord record;
    record.number = place & (PlaceOf(1, 0) - 1);
    record.sent_ms = rows.Integer(1);
    record.content = TRY(ReadContent(rows));
    if (!rows.IsNull(8)) {
      if (!source || *source != rows.Bytes(8)) {
        source = std::make_shared<const std::string>(rows.Bytes(8));
      }
      record.dead_letter_source = source;
    }
    TRY(ReadState(rows, record));
    TRY(reader(place >> kNumberBits, std::move(record)));
  }
  return Ok();
}

}  // namespace bauta::queue
