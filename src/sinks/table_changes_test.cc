#include "sinks/table_changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/sink_fixture.h"

namespace bauta::sinks {
namespace {

using testing::HasSubstr;

TEST_F(PostgresSinkTest, WaitsForAMigrationOnlySoLong) {
  auto sink = Sink();
  ASSERT_TRUE(db_->Query("BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE").ok());
  Batch batch = Range(1, 2);
  const Result<Written> written = sink->Write(batch);
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().code, ErrorCode::kRetryable);
  EXPECT_THAT(written.error().message, HasSubstr("55P03"));
  ASSERT_TRUE(db_->Query("COMMIT").ok());
  EXPECT_TRUE(sink->Write(batch).ok());
}

TEST_F(PostgresSinkTest, StopsWhenAnotherEventKeyIsRegistered) {
  auto sink = Sink();
  Batch first = Range(1, 1), second = Range(2, 2);
  ASSERT_TRUE(sink->Write(first).ok());
  ASSERT_TRUE(db_->Query("UPDATE bauta.pipeline SET key_spec = 'field:/id under k2'").ok());
  const Result<Written> written = sink->Write(second);
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().code, ErrorCode::kConfig);
  EXPECT_EQ(Rows(), 1);
}

TEST_F(PostgresSinkTest, StopsWhenOtherTokensAreRegisteredAndOnlyThen) {
  auto sink = Sink();
  int n = 0;
  const auto write = [&] {
    ++n;
    Batch batch = Range(n, n);
    return sink->Write(batch);
  };
  schema::Registry own, other;
  own.pipeline = "p";
  other.pipeline = "other";
  own.queue = other.queue = "q";
  own.target = other.target = "t";
  other.columns = {{"x", "redact", "", "", 0}};
  const auto init = [&](const schema::Registry& registry) {
    const auto did = schema::Init(*db_, registry, {.new_tokens = schema::NewTokens::kAccept});
    EXPECT_TRUE(did.ok()) << did.error().message;
  };
  EXPECT_TRUE(write().ok());
  init(own);  // Nothing to do.
  EXPECT_TRUE(write().ok());
  init(other);
  EXPECT_TRUE(write().ok());
  own.retention_days = other.retention_days = 20;
  init(own);
  EXPECT_TRUE(write().ok());
  ASSERT_TRUE(db_->Query("UPDATE bauta.meta SET schema_version = schema_version + 1").ok());
  EXPECT_TRUE(write().ok());
  ASSERT_TRUE(db_->Query("UPDATE bauta.meta SET schema_version = schema_version - 1").ok());

  own.columns = {{"name", "hmac-sha256", "name", "str1", 128}};
  init(own);
  for (int i = 0; i < 2; ++i) {
    const Result<Written> written = write();
    ASSERT_FALSE(written.ok());
    EXPECT_EQ(written.error().code, ErrorCode::kConfig);
    EXPECT_THAT(written.error().message, HasSubstr("the registry of keys and masks changed"));
  }
  EXPECT_EQ(Rows(), 5);
  EXPECT_EQ(Ledger(), 5);
  sink = Sink();
  EXPECT_TRUE(write().ok());
  own.keys = {{"k1", "e8eb2e4c", "ENABLED"}};
  init(own);
  EXPECT_FALSE(write().ok());
}

TEST_F(PostgresSinkTest, TakesNoBatchWhoseKeyIsRetired) {
  std::string primary = "k2";
  primary_ = [&primary] { return primary; };
  still_fits_ = [](pg::Connection&) { return Ok(); };
  const auto set = [this](const std::string& sql) {
    const auto done = db_->Query(sql);
    ASSERT_TRUE(done.ok()) << done.error().message;
  };
  set("INSERT INTO bauta.key (kid, kcv, status) VALUES ('k1', '1', 'ENABLED'), "
      "('k2', '2', 'ENABLED')");
  auto sink = Sink();
  const auto write = [&](int n, const std::string& kid) {
    Batch batch = Range(n, n);
    batch.kid = kid;
    const Result<Written> written = sink->Write(batch);
    if (!written.ok()) EXPECT_EQ(written.error().code, ErrorCode::kRetryable);
    EXPECT_EQ(batch.outlived, !written.ok());
    return written.ok();
  };
  EXPECT_TRUE(write(1, "k1"));
  set("UPDATE bauta.key SET status = 'DISABLED' WHERE kid = 'k1'");
  EXPECT_FALSE(write(2, "k1")) << "which it learns in the transaction";
  EXPECT_FALSE(write(2, "k1")) << "and then knows";
  EXPECT_EQ(Rows(), 1);
  EXPECT_EQ(Ledger(), 1);
  EXPECT_TRUE(write(2, "k2"));
  primary = "k1";
  EXPECT_TRUE(write(3, "k1")) << "no other key would be taken instead";
  primary = "k2";
  set("UPDATE bauta.key SET status = 'ENABLED' WHERE kid = 'k1'");
  EXPECT_TRUE(write(4, "k2"));
  EXPECT_TRUE(write(5, "k1"));
  EXPECT_EQ(Rows(), 5);
}

}  // namespace
}  // namespace bauta::sinks
