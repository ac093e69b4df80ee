#include "mapping/read_array.h"

#include <gtest/gtest.h>

#include "fakes/mapping.h"

namespace bauta::mapping {
namespace {

std::string Read(const char* array) {
  Arena arena;
  const auto result = ReadTextArray({Json::Kind::kArray, array, false}, arena);
  if (const auto* reason = std::get_if<Reason>(&result)) return std::string(Code(*reason));
  return fakes::Show(std::get<Value>(result));
}

TEST(ReadTextArray, RefusesWhatIsNoText) {
  EXPECT_EQ(Read("[true]"), "wrong_type");
  EXPECT_EQ(Read("[\"a\",false]"), "wrong_type");
  EXPECT_EQ(Read("[[\"a\"]]"), "wrong_type");
  EXPECT_EQ(Read("[ {} ]"), "wrong_type");
  EXPECT_EQ(Read(R"(["\u0000"])"), "has_nul");
  EXPECT_EQ(Read(R"(["\ud800"])"), "bad_utf8");
}

TEST(ReadTextArray, KeepsElementsApart) {
  EXPECT_EQ(Read("[]"), "{}");
  EXPECT_EQ(Read("[ ]"), "{}");
  EXPECT_EQ(Read(R"([ "a" , null,"b,]\"\n", 1.50 ])"), "{a|NULL|b,]\"\n|1.50}");
  EXPECT_EQ(Read(R"(["", "x"])").size(), std::string("{x}").size());
}

}  // namespace
}  // namespace bauta::mapping
