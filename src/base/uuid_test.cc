#include "base/uuid.h"

#include <gtest/gtest.h>

namespace bauta {
namespace {

TEST(UuidTest, ReadsWhatSqsWrites) {
  const char* const text = "00112233-4455-6677-8899-aabbccddeeff";
  ASSERT_TRUE(ParseUuid(text));
  EXPECT_EQ(ToString(*ParseUuid(text)), text);
  EXPECT_EQ(ParseUuid("00112233-4455-6677-8899-AABBCCDDEEFF"), ParseUuid(text));
}

TEST(UuidTest, RefusesEverythingElse) {
  for (const char* bad :
       {"", "00112233445566778899aabbccddeeff", "{00112233-4455-6677-8899-aabbccddeeff}",
        "00112233-4455-6677-8899-aabbccddeefg", "00112233-4455-6677-8899-aabbccddeef",
        "0011223-34455-6677-8899-aabbccddeeff"}) {
    EXPECT_FALSE(ParseUuid(bad)) << bad;
  }
}

TEST(UuidTest, RandomOnesDifferAndSayTheirVersion) {
  const std::string a = ToString(RandomUuid());
  EXPECT_NE(a, ToString(RandomUuid()));
  EXPECT_EQ(a[14], '4');
}

}  // namespace
}  // namespace bauta
