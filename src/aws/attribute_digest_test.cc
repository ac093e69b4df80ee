#include "aws/attribute_digest.h"

#include <gtest/gtest.h>

namespace bauta::aws {
namespace {

// The first three are answers of AWS itself; the others were computed in Python by the same rule.
TEST(AttributeDigest, IsWhatSqsComputes) {
  const struct {
    std::map<std::string, AttributeValue> attributes;
    const char* digest;
  } cases[] = {
      {{{"Foo", {"String", "Bar"}}}, "ae7155c6026991b6d54b11589678bf9c"},
      {{{"Hello", {"String", "There"}},
        {"General", {"String", "Kenobi"}},
        {"Help.Me", {"String", "Me"}}},
       "4c360f3fdafd970e05fae2f149d997f5"},
      {{{"Hello", {"String", "There"}}}, "a311262e065454b75da111d535b8dacd"},
      {{{"N", {"Number.float", "1.50"}}}, "4ecb93fba66e3650ec7b0a6fd9920598"},
      {{{"B", {"Binary.png", "AP8="}}}, "50dc5e12b77bd0f283e55f97a5295e8f"},
      {{{"b", {"String", "\xc3\xa4"}}, {"B", {"Binary", "AP8="}}, {"a", {"String.x", ""}}},
       "59a3bb1a8a559a9d1db5470c598a6acb"},
  };
  for (const auto& c : cases) EXPECT_EQ(AttributeDigest(c.attributes), c.digest);
}

TEST(AttributeDigest, IsNoneOfBinaryThatIsNoBase64) {
  EXPECT_FALSE(AttributeDigest({{"B", {"Binary", "%"}}}));
}

}  // namespace
}  // namespace bauta::aws
