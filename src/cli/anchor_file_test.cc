#include "cli/anchor_file.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace bauta::cli {
namespace {

const std::string kHash(64, 'a');

TEST(AnchorFile, ReadsWhatAnchorPrints) {
  vault::Anchor anchor{17, {}};
  anchor.hash.fill(0xaa);
  EXPECT_EQ(AnchorText(anchor), "17 " + kHash);
  const auto read = ParseAnchors("\n17 " + kHash + " 2026-01-02T03:04:05.000000Z\r\n\n" +
                                 R"({"seq":17,"hash":")" + kHash + R"(","at":"x","more":1})");
  ASSERT_TRUE(read.ok()) << read.error().message;
  ASSERT_EQ(read->size(), 2u);
  for (const vault::Anchor& one : *read) {
    EXPECT_EQ(one.seq, 17);
    EXPECT_EQ(one.hash, anchor.hash);
  }
}

TEST(AnchorFile, RefusesWhatIsNone) {
  for (const std::string& line : std::vector<std::string>{
           "17", "17 abc", "x " + kHash, "-1 " + kHash, "17 " + kHash + "aa", "17" + kHash,
           R"({"seq":"17","hash":")" + kHash + "\"}", "{", R"({"seq":17})"}) {
    const auto read = ParseAnchors("1 " + kHash + "\n" + line);
    ASSERT_FALSE(read.ok()) << line;
    EXPECT_EQ(read.error().code, ErrorCode::kConfig);
    EXPECT_EQ(read.error().message, "line 2: is no anchor");
  }
}

}  // namespace
}  // namespace bauta::cli
