#include "mapping/literal.h"

#include <gtest/gtest.h>

#include <utility>

#include "fakes/mapping.h"

namespace bauta::mapping {
namespace {

TEST(Literal, IsAStringUnlessTheColumnHoldsJson) {
  EventReader reader({});
  const Literal text("{}", fakes::MakeColumn(ColumnType::kText), reader);
  EXPECT_EQ(text.json().kind, Json::Kind::kString);
  EXPECT_EQ(text.json().raw, "{}");
  const Literal object("{}", fakes::MakeColumn(ColumnType::kJsonb), reader);
  EXPECT_EQ(object.json().kind, Json::Kind::kObject);
  const Literal array("[\"a\"]", fakes::MakeColumn(ColumnType::kTextArray), reader);
  EXPECT_EQ(array.json().kind, Json::Kind::kArray);
}

TEST(Literal, IsQuotedInAJsonColumnIfItIsNoJson) {
  EventReader reader({});
  Literal made("say \"x\"", fakes::MakeColumn(ColumnType::kJson), reader);
  const Literal moved = std::move(made);
  EXPECT_EQ(moved.json().kind, Json::Kind::kString);
  EXPECT_EQ(moved.json().raw, R"(say \"x\")");
  EXPECT_TRUE(moved.json().escaped);
}

}  // namespace
}  // namespace bauta::mapping
