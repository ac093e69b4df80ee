// A database of its own with table t and our schema, batches as a mapper would make them, and what
// a test asks of both.  In one program only once: it defines the mapping's RowMaker.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "crypto/x25519.h"
#include "fakes/temp_postgres.h"
#include "pg/connection.h"
#include "schema/schema.h"
#include "sinks/postgres_sink.h"

// The real one is the mapping's, which this program does not link.
namespace bauta::mapping {
class RowMaker {
 public:
  static Row Make(std::span<const Value> values) { return Row(values); }
};
}  // namespace bauta::mapping

namespace bauta::sinks {

inline constexpr std::int64_t kDay = 86'400'000;

inline pg::Connection Connect(const std::string& database) {
  Result<pg::Connection> c =
      pg::Connection::Open({.url = fakes::TempPostgres::Instance().url(database)});
  if (!c.ok()) ADD_FAILURE() << c.error().message;
  return std::move(c).value();
}

inline Uuid Id(int n) {
  Uuid id;
  id.bytes[14] = static_cast<std::uint8_t>(n >> 8);
  id.bytes[15] = static_cast<std::uint8_t>(n);
  return id;
}

// Builds batches as a mapper would.
class BatchMaker {
 public:
  BatchMaker& Message(int n, int receive_count = 1, std::int64_t sent_ms = 20'000 * kDay) {
    const std::string id = "message-" + std::to_string(n);
    batch_.deliveries.push_back(
        {{sent_ms, Id(n)}, batch_.arena.Copy(id), receive_count, Sealable("{}", "body of " + id)});
    return *this;
  }
  // Of the last message; it lives as long as the program.
  BatchMaker& Group(std::string_view group) {
    batch_.deliveries.back().group = group;
    return *this;
  }
  BatchMaker& Row(const std::string& name, std::int64_t number = 1) {
    const std::span<Value> values = batch_.arena.AllocateArray<Value>(2);
    values[0].kind = Value::Kind::kText;
    values[0].text = batch_.arena.Copy(name);
    values[1].kind = Value::Kind::kInteger;
    values[1].integer = number;
    batch_.events.push_back({Last(), item_, mapping::RowMaker::Make(values), std::nullopt});
    return *this;
  }
  // Of the last row: a key of its own for every `n`, and of which event it is.
  BatchMaker& Key(int n, int body = 0) {
    EventKey key{Id(n), {}};
    key.body_tag[0] = static_cast<std::uint8_t>(body);
    batch_.events.back().key = key;
    return *this;
  }
  BatchMaker& Refused(Reason reason, std::string_view column = {}) {
    batch_.events.push_back({Last(), item_, std::nullopt, Refusal{reason, column}});
    return *this;
  }
  Batch Take() { return std::move(batch_); }

 private:
  std::uint32_t Last() {
    const auto last = static_cast<std::uint32_t>(batch_.deliveries.size() - 1);
    item_ = !batch_.events.empty() && batch_.events.back().delivery == last ? item_ + 1 : 0;
    return last;
  }
  Batch batch_;
  std::uint32_t item_ = 0;
};

// A batch of messages first..last, one row each.
inline Batch Range(int first, int last, int receive_count = 1) {
  BatchMaker maker;
  for (int n = last; n >= first; --n) {
    maker.Message(n, receive_count).Row("row " + std::to_string(n), n);
  }
  return maker.Take();
}

class PostgresSinkTest : public testing::Test {
 protected:
  void SetUp() override {
    REQUIRE_POSTGRES();
    static int n = 0;
    database_ = "sink_test_" + std::to_string(++n);
    pg::Connection admin = Connect("postgres");
    ASSERT_TRUE(admin.Query("CREATE DATABASE " + database_).ok());
    db_.emplace(Connect(database_));
    ASSERT_TRUE(db_->Query("CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY, name text, "
                           "number int CONSTRAINT small CHECK (number < 1000))")
                    .ok());
    schema::Registry registry;
    registry.pipeline = "p";
    registry.queue = "q";
    registry.target = "t";
    const auto made = schema::Init(*db_, registry, {});
    ASSERT_TRUE(made.ok()) << made.error().message;
    identity_ = crypto::SecretBytes::CopyOf(std::string(32, '\x11'));
  }

  std::unique_ptr<PostgresSink> Sink(std::chrono::seconds frozen_after = std::chrono::hours(1)) {
    PostgresSink::Options options;
    options.frozen_after = frozen_after;
    options.connect.url = fakes::TempPostgres::Instance().url(database_);
    options.connect.application_name = "sink";
    options.pipeline = "p";
    options.table = *ReadTableSchema(*db_, "t");
    options.columns = {"name", "number"};
    options.recipient = "q1";
    options.recipient_key = crypto::X25519PublicOf(identity_);
    options.still_fits = still_fits_;
    options.primary = primary_;
    Result<std::unique_ptr<PostgresSink>> sink = PostgresSink::Open(std::move(options));
    if (!sink.ok()) ADD_FAILURE() << sink.error().message;
    return std::move(sink).value();
  }

  std::int64_t One(const std::string& sql) {
    const Result<pg::Rows> rows = db_->Query(sql);
    if (!rows.ok()) ADD_FAILURE() << rows.error().message;
    return rows.ok() ? rows->Int(0, 0) : -1;
  }
  std::int64_t Rows() { return One("SELECT count(*) FROM t"); }
  std::int64_t Ledger() { return One("SELECT count(*) FROM bauta.ledger"); }
  std::string Lines() {
    return db_
        ->Query(
            "SELECT string_agg(concat_ws('/', messages, redelivered, events, inserted, "
            "duplicate, quarantined), ' ' ORDER BY at) FROM bauta.batch")
        ->String(0, 0);
  }
  void ExpectSums() {
    EXPECT_EQ(One("SELECT coalesce(sum(messages), 0) FROM bauta.batch"), Ledger());
    EXPECT_EQ(One("SELECT coalesce(sum(inserted), 0) FROM bauta.batch"), Rows());
  }
  void Terminate(const std::string& where) {
    ASSERT_TRUE(db_->Query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                           "WHERE application_name = 'sink' AND " +
                           where)
                    .ok());
  }
  // Until a sink's backend is in that state of pg_stat_activity.
  void AwaitBlocked(const std::string& where) {
    while (One("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'sink' AND " +
               where) == 0) {
      std::this_thread::yield();
    }
  }

  std::string database_;
  std::function<Result<>(pg::Connection&)> still_fits_;
  std::function<std::string()> primary_;
  std::optional<pg::Connection> db_;
  crypto::SecretBytes identity_;
};

}  // namespace bauta::sinks
