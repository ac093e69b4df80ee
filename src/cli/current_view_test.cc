#include "cli/current_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bauta::cli {
namespace {

using testing::HasSubstr;

config::Config Masking(Mask mask) {
  config::Config config;
  config.mapping.columns.push_back({.column = "user"});
  ColumnRule rule{.column = "masked \"ip\""};
  rule.mask = MaskRule{.mask = mask, .domain = "ip"};
  config.mapping.columns.push_back(rule);
  return config;
}

const TableSchema kTable{
    "s", "t", {{.name = "user"}, {.name = "masked \"ip\"", .type_name = "character varying(64)"}}};

TEST(CurrentView, HasTheNewTokenInThePlaceOfTheOld) {
  const std::string sql = CurrentViewSql(Masking(Mask::kHmacSha256), kTable);
  EXPECT_THAT(sql, HasSubstr(R"(VIEW "s"."t_current" AS
SELECT l."user",
       coalesce(a1.new_token, l."masked ""ip""")::character varying(64) AS "masked ""ip"""
FROM "s"."t" l
LEFT JOIN pii.token_alias a1 ON a1.old_token = l."masked ""ip""";
)"));
}

TEST(CurrentView, IsNoneWhereNothingHasAliases) {
  EXPECT_EQ(CurrentViewSql(Masking(Mask::kIpcryptPfx), kTable), "");
  EXPECT_EQ(CurrentViewSql(Masking(Mask::kRedact), kTable), "");
}

}  // namespace
}  // namespace bauta::cli
