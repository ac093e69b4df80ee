#include "queue/data_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "queue/data_rows.h"
#include "queue/digest.h"

namespace bauta::queue {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class DataFileTest : public testing::Test {
 protected:
  DataFileTest()
      : directory_(fs::path(testing::TempDir()) /
                   ("data_file_" + std::to_string(getpid()) + "_" +
                    testing::UnitTest::GetInstance()->current_test_info()->name())) {
    fs::remove_all(directory_);
  }
  ~DataFileTest() override { fs::remove_all(directory_); }
  DataFileTest(const DataFileTest&) = delete;
  DataFileTest& operator=(const DataFileTest&) = delete;

  std::string file() const { return directory_ / kDataFile; }
  std::unique_ptr<Journal> Open(const fs::path& directory) {
    Result<std::unique_ptr<Journal>> opened = OpenDataFile(directory);
    EXPECT_TRUE(opened.ok()) << opened.error().message;
    return opened.ok() ? std::move(opened).value() : nullptr;
  }
  std::unique_ptr<Journal> Open() { return Open(directory_); }
  Error Refusal() {
    const Result<std::unique_ptr<Journal>> opened = OpenDataFile(directory_);
    EXPECT_FALSE(opened.ok());
    return opened.ok() ? Error{} : opened.error();
  }
  static void Write(Journal& journal, const Changes& changes) {
    const Result<> written = journal.Write(changes);
    EXPECT_TRUE(written.ok()) << written.error().message;
  }
  struct Read {
    Journal::Saved saved;
    std::vector<std::pair<std::uint64_t, MessageRecord>> messages;
  };
  static Read ReadAll(Journal& journal) {
    Read read{journal.ReadQueues().value(), {}};
    EXPECT_TRUE(journal
                    .ReadMessages([&](std::uint64_t queue, MessageRecord record) -> Result<> {
                      read.messages.emplace_back(queue, std::move(record));
                      return Ok();
                    })
                    .ok());
    return read;
  }
  static std::vector<std::string> Bodies(const Read& read) {
    std::vector<std::string> bodies;
    for (const auto& [queue, record] : read.messages) bodies.push_back(record.content->body);
    return bodies;
  }
  void Sql(const std::string& sql) {
    Result<Database> database = Database::Open(file());
    ASSERT_TRUE(database.ok());
    ASSERT_TRUE(database->Run(sql.c_str()).ok()) << sql;
  }

  const fs::path directory_;
};

MessageRecord Message(std::uint64_t number, const std::string& body) {
  auto content = std::make_shared<Content>();
  content->id = "id-" + body;
  content->body = body;
  MessageRecord record;
  record.number = number;
  record.content = std::move(content);
  record.sent_ms = 1'700'000'000'000;
  return record;
}

QueueRecord AQueue(std::uint64_t id) {
  QueueRecord queue;
  queue.id = id;
  queue.arn = "arn:aws:sqs:us-east-1:000000000000:q" + std::to_string(id);
  return queue;
}

Changes Of(MailboxChanges mailbox) {
  Changes changes;
  changes.last_queue = mailbox.queue;
  changes.queues = {AQueue(mailbox.queue)};
  changes.mailboxes.push_back(std::move(mailbox));
  return changes;
}

MailboxChanges Added(std::uint64_t queue, std::vector<MessageRecord> messages) {
  MailboxChanges mailbox;
  mailbox.queue = queue;
  mailbox.counters.next = 100;
  mailbox.added = std::move(messages);
  return mailbox;
}

TEST_F(DataFileTest, IsTheOwnersAlone) {
  const auto journal = Open();
  const auto mode = [](const fs::path& path) { return fs::status(path).permissions(); };
  using fs::perms;
  EXPECT_EQ(mode(directory_), perms::owner_all);
  Write(*journal, Of(Added(1, {Message(0, "a")})));
  int files = 0;
  for (const auto& entry : fs::directory_iterator(directory_)) {
    ++files;
    EXPECT_EQ(mode(entry.path()), perms::owner_read | perms::owner_write) << entry.path();
  }
  EXPECT_EQ(files, 2) << "the database and what was written last";
}

TEST_F(DataFileTest, KeepsEverythingOfAQueue) {
  Changes changes;
  changes.last_queue = 9;
  QueueRecord queue = AQueue(7);
  queue.deduplicates_by_group = true;
  queue.attributes = {{"VisibilityTimeout", "5"}, {"Policy", "{\"a\":\"\\u00e9\"}"}};
  queue.tags = {{"k", ""}, {"", "v"}};
  queue.created_s = 11;
  queue.modified_s = 12;
  queue.purged_ms = 13;
  for (const std::optional<std::int64_t> per_second : {std::optional<std::int64_t>(), {500}}) {
    MoveTask task;
    task.id = per_second ? "slow" : "fast";
    task.destination_arn = per_second ? "arn:to" : "";
    task.per_second = per_second;
    task.status = MoveTask::Status::kFailed;
    task.failure = "why";
    task.moved = 3;
    task.to_move = 4;
    task.started_ms = 5;
    queue.moves.push_back(task);
  }
  changes.queues = {queue};
  MailboxChanges mailbox;
  mailbox.queue = 7;
  mailbox.counters = {.next = 21, .receipts = 22};
  mailbox.sent = {{"group id", "message", 20, 2'000}, {"other", "late", 19, 1'000}};
  changes.mailboxes = {mailbox};
  Write(*Open(), changes);

  const Journal::Saved saved = ReadAll(*Open()).saved;
  EXPECT_EQ(saved.last_queue, 9u);
  ASSERT_THAT(saved.queues, SizeIs(1));
  const QueueRecord& got = saved.queues[0].queue;
  EXPECT_EQ(got.id, 7u);
  EXPECT_EQ(got.arn, queue.arn);
  EXPECT_TRUE(got.deduplicates_by_group);
  EXPECT_EQ(got.attributes, queue.attributes);
  EXPECT_EQ(got.tags, queue.tags);
  EXPECT_EQ(got.created_s, 11);
  EXPECT_EQ(got.modified_s, 12);
  EXPECT_EQ(got.purged_ms, 13);
  EXPECT_EQ(saved.queues[0].counters.next, 21u);
  EXPECT_EQ(saved.queues[0].counters.receipts, 22u);
  ASSERT_THAT(got.moves, SizeIs(2));
  EXPECT_EQ(got.moves[0].id, "fast");
  EXPECT_EQ(got.moves[0].per_second, std::nullopt);
  const MoveTask& slow = got.moves[1];
  EXPECT_EQ(slow.source_arn, queue.arn);
  EXPECT_EQ(slow.destination_arn, "arn:to");
  EXPECT_EQ(slow.per_second, 500);
  EXPECT_EQ(slow.status, MoveTask::Status::kFailed);
  EXPECT_EQ(slow.failure, "why");
  EXPECT_EQ(slow.moved, 3u);
  EXPECT_EQ(slow.to_move, 4u);
  EXPECT_EQ(slow.started_ms, 5);
  const auto& sent = saved.queues[0].sent;
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_EQ(sent[0].key, "other") << "the oldest first";
  EXPECT_EQ(sent[1].key, "group id");
  EXPECT_EQ(sent[1].id, "message");
  EXPECT_EQ(sent[1].number, 20u);
  EXPECT_EQ(sent[1].until_ms, 2'000);
}

TEST_F(DataFileTest, KeepsEverythingOfAMessage) {
  MessageRecord message = Message(3, std::string("a\0b", 3) + "\xf0\x9f\x98\x80");
  auto content = std::make_shared<Content>(*message.content);
  content->extras.Set().attributes = {{"n", {"Number.x", "1"}},
                                      {"b", {"Binary", std::string("\0\xff", 2)}}};
  content->extras.Set().system_attributes = {{"AWSTraceHeader", {"String", "t"}}};
  content->extras.Set().group_id = "g";
  content->extras.Set().deduplication_id = "d";
  message.content = content;
  message.dead_letter_source = std::make_shared<const std::string>("arn:from");
  message.state = MessageRecord::State::kInFlight;
  message.due_ms = 1;
  message.receives = 2;
  message.receives_here = 3;
  message.first_received_ms = 4;
  message.received_ms = 5;
  message.receipt = 6;
  message.attempt = "again";
  message.attempt_until_ms = 7;
  Write(*Open(), Of(Added(8, {message, Message(4, "plain")})));

  const Read read = ReadAll(*Open());
  ASSERT_THAT(read.messages, SizeIs(2));
  EXPECT_EQ(read.messages[0].first, 8u);
  const MessageRecord& got = read.messages[0].second;
  EXPECT_EQ(got.number, 3u);
  EXPECT_EQ(got.content->body, message.content->body);
  EXPECT_EQ(got.content->id, message.content->id);
  EXPECT_EQ(got.content->body_md5, Md5(std::string_view(message.content->body)));
  EXPECT_EQ(Md5(got.content->extras->attributes), Md5(content->extras->attributes));
  EXPECT_EQ(Md5(got.content->extras->system_attributes), Md5(content->extras->system_attributes));
  EXPECT_EQ(got.content->extras->group_id, "g");
  EXPECT_EQ(got.content->extras->deduplication_id, "d");
  EXPECT_EQ(got.sent_ms, message.sent_ms);
  EXPECT_EQ(*got.dead_letter_source, "arn:from");
  EXPECT_EQ(got.state, MessageRecord::State::kInFlight);
  EXPECT_EQ(got.due_ms, 1);
  EXPECT_EQ(got.receives, 2u);
  EXPECT_EQ(got.receives_here, 3u);
  EXPECT_EQ(got.first_received_ms, 4);
  EXPECT_EQ(got.received_ms, 5);
  EXPECT_EQ(got.receipt, 6u);
  EXPECT_EQ(got.attempt, "again");
  EXPECT_EQ(got.attempt_until_ms, 7);
  const MessageRecord& plain = read.messages[1].second;
  EXPECT_EQ(plain.state, MessageRecord::State::kVisible);
  EXPECT_EQ(plain.receives, 0u);
  EXPECT_EQ(plain.dead_letter_source, nullptr);
}

TEST_F(DataFileTest, ForgetsWhatIsGone) {
  const auto journal = Open();
  Write(*journal, Of(Added(1, {Message(0, "a"), Message(1, "b"), Message(2, "c")})));
  Write(*journal, Of(Added(2, {Message(0, "d"), Message(9, "e")})));
  Write(*journal, Of(Added(3, {Message(0, "f")})));
  EXPECT_THAT(Bodies(ReadAll(*journal)), ElementsAre("a", "b", "c", "d", "e", "f"));

  MailboxChanges gone;
  gone.queue = 1;
  gone.gone = {1, 77};  // One that never came here.
  Write(*journal, Of(gone));
  EXPECT_THAT(Bodies(ReadAll(*journal)), ElementsAre("a", "c", "d", "e", "f"));

  MailboxChanges cleared = Added(2, {Message(10, "g")});
  cleared.cleared = true;
  Write(*journal, Of(cleared));
  EXPECT_THAT(Bodies(ReadAll(*journal)), ElementsAre("a", "c", "g", "f"));

  Changes removed;
  removed.removed = {1, 99};
  Write(*journal, removed);
  const Read left = ReadAll(*journal);
  EXPECT_THAT(Bodies(left), ElementsAre("g", "f"));
  EXPECT_THAT(left.saved.queues, SizeIs(2));
}

TEST_F(DataFileTest, ForgetsWhatWasSentLongAgo) {
  const auto journal = Open();
  MailboxChanges mailbox;
  mailbox.queue = 1;
  mailbox.sent = {{"a", "1", 0, 1'000}, {"b", "2", 1, 2'000}};
  Write(*journal, Of(mailbox));
  Changes later;
  later.now_ms = 86'400'000 + 1'000;  // A day later: the clock may have jumped.
  Write(*journal, later);
  const auto saved = ReadAll(*journal).saved;
  ASSERT_THAT(saved.queues[0].sent, SizeIs(1));
  EXPECT_EQ(saved.queues[0].sent[0].key, "b");
}

TEST_F(DataFileTest, ReceivesAndReleasesLeaveTheBodyAlone) {
  const auto journal = Open();
  Write(*journal, Of(Added(1, {Message(0, "a")})));
  MessageRecord received;
  received.receives = 1;
  received.state = MessageRecord::State::kInFlight;
  MailboxChanges changed;
  changed.queue = 1;
  changed.changed = {received};
  Write(*journal, Of(changed));
  const Read read = ReadAll(*journal);
  EXPECT_THAT(Bodies(read), ElementsAre("a"));
  EXPECT_EQ(read.messages[0].second.receives, 1u);
}

TEST_F(DataFileTest, WritesAllOrNothing) {
  const auto journal = Open();
  Write(*journal, Of(Added(1, {Message(0, "a")})));
  Changes changes = Of(Added(1, {Message(1, "b")}));
  changes.mailboxes.push_back(Added(2, {Message(0, "do not tell")}));
  changes.mailboxes.back().counters.next = std::uint64_t{1} << 40;
  const Result<> written = journal->Write(changes);
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().message, "a queue has run out of numbers");
  EXPECT_THAT(Bodies(ReadAll(*journal)), ElementsAre("a"));
  Write(*journal, Of(Added(1, {Message(1, "b")})));
  EXPECT_THAT(Bodies(ReadAll(*journal)), ElementsAre("a", "b"));
}

TEST_F(DataFileTest, WritingAgainIsHarmless) {
  const auto journal = Open();
  MailboxChanges mailbox = Added(1, {Message(0, "a"), Message(1, "b")});
  mailbox.cleared = true;
  mailbox.gone = {7};
  mailbox.changed = {Message(0, "a")};
  mailbox.sent = {{"key", "id", 1, 1'000}};
  Changes changes = Of(mailbox);
  changes.queues[0].moves.resize(1);
  changes.removed = {5};
  Write(*journal, changes);
  Write(*journal, changes);
  EXPECT_THAT(Bodies(ReadAll(*journal)), ElementsAre("a", "b"));
}

// As a SIGKILL leaves it: the database and what was written behind it.
TEST_F(DataFileTest, StopsAtWhatWasNotWrittenToItsEnd) {
  const auto journal = Open();
  Write(*journal, Of(Added(1, {Message(0, "a")})));
  const fs::path wal = file() + "-wal";
  const auto whole = fs::file_size(wal);
  Write(*journal, Of(Added(1, {Message(1, "b"), Message(2, "c")})));
  const auto both = fs::file_size(wal);
  ASSERT_GT(both, whole);

  const fs::path copy = directory_ / "copy";
  for (const auto& [size, bodies] : {std::pair(both, std::vector<std::string>{"a", "b", "c"}),
                                     {both - 1, {"a"}},
                                     {whole + 1, {"a"}},
                                     {whole, {"a"}}}) {
    SCOPED_TRACE(size);
    fs::remove_all(copy);
    fs::create_directory(copy);
    fs::copy(file(), copy);
    fs::copy(wal, copy);
    fs::resize_file(copy / wal.filename(), size);
    EXPECT_EQ(Bodies(ReadAll(*Open(copy))), bodies);
  }
}

TEST_F(DataFileTest, IsOneProcessesAlone) {
  const auto journal = Open();
  const Error error = Refusal();
  EXPECT_EQ(error.code, ErrorCode::kConfig);
  EXPECT_EQ(error.message, "cannot use " + file() + ": another bauta queue serve has it");
  EXPECT_EQ(error.hint, "stop that one, or give --data another directory");
}

TEST_F(DataFileTest, RefusesWhatIsNotItsOwn) {
  const struct {
    std::string name, sql, message;
  } cases[] = {
      {"foreign", "CREATE TABLE t (x)", "it is a database of something else"},
      {"foreign by its id", "PRAGMA application_id = 7", "it is a database of something else"},
      {"newer", "PRAGMA application_id = 1650554225; PRAGMA user_version = 2; CREATE TABLE t (x)",
       "it has format 2, and this Bauta knows 1"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    fs::remove_all(directory_);
    fs::create_directory(directory_);
    Sql(c.sql);
    std::ifstream before(file());
    const std::string bytes{std::istreambuf_iterator<char>(before), {}};
    const Error error = Refusal();
    EXPECT_EQ(error.code, ErrorCode::kConfig);
    EXPECT_EQ(error.message, "cannot use " + file() + ": " + c.message);
    EXPECT_FALSE(error.hint.empty());
    std::ifstream after(file());
    EXPECT_EQ(bytes, std::string(std::istreambuf_iterator<char>(after), {})) << "left as it was";
  }
}

TEST_F(DataFileTest, RefusesWhatIsNoDatabase) {
  fs::create_directory(directory_);
  std::ofstream(file()) << std::string(5'000, 'x');
  const Error error = Refusal();
  EXPECT_EQ(error.code, ErrorCode::kConfig);
  EXPECT_EQ(error.message, "cannot use " + file() + ": SQLite: file is not a database (26)");
}

TEST_F(DataFileTest, RefusesWhatIsDamaged) {
  const struct {
    std::string sql, message;
  } cases[] = {
      {"UPDATE queue SET attributes = x'01'", "a queue's attributes is damaged"},
      {"DELETE FROM server", "its first table is damaged"},
      {"UPDATE message SET attributes = x'0500000041'", "a message's attributes is damaged"},
      {"INSERT INTO receipt VALUES (1 << 40, 3, 0, 0, 0, 0, 0, 0, NULL, 0)", "a state is damaged"},
      {"DROP TABLE receipt", "SQLite: SQL logic error (1)"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.sql);
    fs::remove_all(directory_);
    Write(*Open(), Of(Added(1, {Message(0, "a")})));
    Sql(c.sql);
    const auto read = [&]() -> Result<> {
      const std::unique_ptr<Journal> journal = TRY(OpenDataFile(directory_));
      TRY(journal->ReadQueues());
      return journal->ReadMessages([](std::uint64_t, const MessageRecord&) { return Ok(); });
    };
    const Result<> got = read();
    ASSERT_FALSE(got.ok());
    EXPECT_EQ(got.error().code, ErrorCode::kConfig);
    EXPECT_EQ(got.error().message, "cannot use " + file() + ": " + c.message);
    EXPECT_FALSE(got.error().hint.empty());
  }
}

TEST_F(DataFileTest, SaysWhyADirectoryCannotBeMade) {
  std::ofstream(testing::TempDir() + "/a_file").put('x');
  for (const auto& [directory, message] : {
           std::pair<std::string, std::string>{"/nowhere/data", "No such file or directory"},
           {testing::TempDir() + "/a_file", "Not a directory"},
       }) {
    const auto opened = OpenDataFile(directory);
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code, ErrorCode::kConfig);
    EXPECT_THAT(opened.error().message, HasSubstr(message));
  }
}

// What was made but not yet filled, when the process was killed.
TEST_F(DataFileTest, FillsAnEmptyFile) {
  fs::create_directory(directory_);
  std::ofstream(file()).flush();
  const std::uint64_t key = ReadAll(*Open()).saved.receipt_key;
  EXPECT_EQ(ReadAll(*Open()).saved.receipt_key, key) << "which old receipt handles need";
}

}  // namespace
}  // namespace bauta::queue
