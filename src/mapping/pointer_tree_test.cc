#include "mapping/pointer_tree.h"

#include <gtest/gtest.h>

namespace bauta::mapping {
namespace {

using Tokens = std::vector<std::string>;

TEST(ParsePointer, RefusesWhatIsNone) {
  for (const char* pointer : {"a", "a/b", "/~", "/~2", "/a~", "#/a", "attribute:Name"}) {
    EXPECT_FALSE(ParsePointer(pointer)) << pointer;
  }
}

// The examples of RFC 6901, section 5.
TEST(ParsePointer, UnescapesTokens) {
  EXPECT_EQ(ParsePointer(""), Tokens());
  EXPECT_EQ(ParsePointer("/"), Tokens({""}));
  EXPECT_EQ(ParsePointer("/foo/0"), Tokens({"foo", "0"}));
  EXPECT_EQ(ParsePointer("/a~1b"), Tokens({"a/b"}));
  EXPECT_EQ(ParsePointer("/m~0n"), Tokens({"m~n"}));
  EXPECT_EQ(ParsePointer("/~01"), Tokens({"~1"}));
  EXPECT_EQ(ParsePointer("//a/"), Tokens({"", "a", ""}));
}

TEST(PointerTree, SharesPrefixesAndKnowsIndexes) {
  PointerTree tree;
  EXPECT_TRUE(tree.Add("/a/0", 0));
  EXPECT_TRUE(tree.Add("/a/01", 1));
  EXPECT_TRUE(tree.Add("/a", 2));
  EXPECT_FALSE(tree.Add("a", 3));
  EXPECT_EQ(tree.size(), 4u);
  const PointerTree::Node& a = tree.node(tree.node(0).children.at(0));
  EXPECT_EQ(a.rules, std::vector<std::uint32_t>{2});
  ASSERT_EQ(a.children.size(), 2u);
  EXPECT_EQ(tree.node(a.children[0]).index, 0u);
  EXPECT_EQ(tree.node(a.children[1]).index, std::nullopt);
}

}  // namespace
}  // namespace bauta::mapping
