#include "mapping/json_index.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace bauta::mapping {
namespace {

std::vector<std::uint32_t> Tokens(std::string_view text) {
  JsonIndex index;
  if (index.Scan(text) != JsonIndex::Outcome::kOk) return {};
  return {index.tokens().begin(), index.tokens().end()};
}

TEST(JsonIndex, TellsBadUtf8FromNoJson) {
  JsonIndex index;
  EXPECT_EQ(index.Scan(""), JsonIndex::Outcome::kNotJson);
  EXPECT_EQ(index.Scan("  \n"), JsonIndex::Outcome::kNotJson);
  EXPECT_EQ(index.Scan("\"open"), JsonIndex::Outcome::kNotJson);
  EXPECT_EQ(index.Scan("\"a\nb\""), JsonIndex::Outcome::kNotJson);
  EXPECT_EQ(index.Scan("\"\xff\""), JsonIndex::Outcome::kBadUtf8);
  EXPECT_EQ(index.Scan("\"\xff"), JsonIndex::Outcome::kBadUtf8);
  EXPECT_EQ(index.Scan("\"\xed\xa0\x80\""), JsonIndex::Outcome::kBadUtf8);
}

TEST(JsonIndex, GivesWhereTokensBeginAndTheEnd) {
  EXPECT_EQ(Tokens("{\"a\" : 12 }"), (std::vector<std::uint32_t>{0, 1, 5, 7, 10, 11}));
}

TEST(JsonIndex, GivesAStringOrWordRightBehindAStringATokenOfItsOwn) {
  EXPECT_EQ(Tokens(R"(["a""b"])"), (std::vector<std::uint32_t>{0, 1, 4, 7, 8}));
  EXPECT_EQ(Tokens(R"(["a"b])"), (std::vector<std::uint32_t>{0, 1, 4, 5, 6}));
}

TEST(JsonIndex, GrowsWithTheText) {
  JsonIndex index;
  const std::string text = "[" + std::string(100'000, ' ') + "]";
  ASSERT_EQ(index.Scan("[]"), JsonIndex::Outcome::kOk);
  ASSERT_EQ(index.Scan(text), JsonIndex::Outcome::kOk);
  EXPECT_EQ(index.tokens().back(), text.size());
}

}  // namespace
}  // namespace bauta::mapping
