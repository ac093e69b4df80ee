#include <gtest/gtest.h>

#include "pg/connection.h"

namespace bauta::pg {
namespace {

TEST(SqlStateTest, SaysWhatTheCallerShouldDo) {
  const struct {
    const char* state;
    ErrorCode code;
  } cases[] = {
      {"", ErrorCode::kRetryable},      {"08006", ErrorCode::kRetryable},
      {"08P01", ErrorCode::kRetryable}, {"40001", ErrorCode::kRetryable},
      {"40P01", ErrorCode::kRetryable}, {"53100", ErrorCode::kRetryable},
      {"55P03", ErrorCode::kRetryable}, {"57P01", ErrorCode::kRetryable},
      {"57014", ErrorCode::kRetryable}, {"25006", ErrorCode::kRetryable},
      {"28P01", ErrorCode::kConfig},    {"3D000", ErrorCode::kConfig},
      {"42P01", ErrorCode::kConfig},    {"0A000", ErrorCode::kConfig},
      {"22P03", ErrorCode::kConfig},    {"22P04", ErrorCode::kConfig},
      {"22001", ErrorCode::kFatal},     {"23505", ErrorCode::kFatal},
      {"P0001", ErrorCode::kFatal},     {"XX000", ErrorCode::kFatal},
  };
  for (const auto& c : cases) EXPECT_EQ(Classify(c.state), c.code) << c.state;
}

TEST(SqlStateTest, SaysWhetherARowMayBeToBlame) {
  const struct {
    Failure failure;
    bool row;
  } cases[] = {
      {{.sqlstate = "23514", .schema = "public", .table = "t", .constraint = "c"}, true},
      {{.sqlstate = "23514", .schema = "public", .table = "t"}, false},  // No partition takes it.
      {{.sqlstate = "23514", .raised = true}, true},
      {{.sqlstate = "23505", .schema = "public", .table = "t", .constraint = "c"}, true},
      {{.sqlstate = "23505", .schema = "bauta", .table = "ledger_07", .constraint = "c"}, false},
      {{.sqlstate = "23505", .schema = "bauta", .table = "batch", .constraint = "c"}, false},
      {{.sqlstate = "23505", .schema = "bauta", .table = "user_logins", .constraint = "c"}, true},
      {{.sqlstate = "23505", .schema = "pii", .table = "anything"}, false},
      {{.sqlstate = "22P03"}, false},
      {{.sqlstate = "22003"}, true},
      {{.sqlstate = "54000"}, true},
      {{.sqlstate = "P0001"}, true},
      {{.sqlstate = "40P01"}, false},
      {{.sqlstate = ""}, false},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(MayBlameRow(c.failure), c.row) << c.failure.sqlstate << ' ' << c.failure.table;
  }
}

}  // namespace
}  // namespace bauta::pg
