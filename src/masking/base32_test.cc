#include "masking/base32.h"

#include <gtest/gtest.h>

#include "fakes/vectors.h"

namespace bauta::masking {
namespace {

std::string Encoded(std::string_view bytes) {
  std::string out(Base32Size(bytes.size()), '?');
  Base32Encode({reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()}, out.data());
  return out;
}

class Base32Vector : public testing::TestWithParam<Vector> {};
INSTANTIATE_TEST_SUITE_P(Known, Base32Vector, testing::ValuesIn(VectorsOf("base32-")), TestName);
TEST_P(Base32Vector, IsReadAsItSays) {
  const std::optional<std::string> decoded = Base32Decode(GetParam().Str("input"));
  if (GetParam().Has("result")) {
    EXPECT_FALSE(decoded);
  } else {
    ASSERT_TRUE(decoded);
    EXPECT_EQ(*decoded, GetParam().Hex("out_hex"));
  }
}

// RFC 4648, section 10, in lower case and without padding.
TEST(Base32, WritesAndReadsTheRfcsExamples) {
  const struct {
    const char *bytes, *text;
  } cases[] = {{"", ""},
               {"f", "my"},
               {"fo", "mzxq"},
               {"foo", "mzxw6"},
               {"foob", "mzxw6yq"},
               {"fooba", "mzxw6ytb"},
               {"foobar", "mzxw6ytboi"}};
  for (const auto& c : cases) {
    EXPECT_EQ(Encoded(c.bytes), c.text);
    EXPECT_EQ(Base32Decode(c.text), c.bytes);
  }
}

TEST(Base32, RefusesLengthsThatNoBytesGive) {
  for (const char* text : {"a", "aaa", "aaaaaa", "aaaaaaaaa"}) EXPECT_FALSE(Base32Decode(text));
}

}  // namespace
}  // namespace bauta::masking
