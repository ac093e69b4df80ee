#include <gtest/gtest.h>

#include "pg/connection.h"

namespace bauta::pg {
namespace {

TEST(SqlStateTest, SaysWhatTheCallerShouldDo) {
  const struct {
    const char* state;
    ErrorCode code;
  } kCases[] = {
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
  for (const auto& c : kCases) EXPECT_EQ(Classify(c.state), c.code) << c.state;
}

}  // namespace
}  // namespace bauta::pg
