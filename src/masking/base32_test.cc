#include "masking/base32.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "fakes/vectors.h"

namespace bauta::masking {
namespace {

std::string Encoded(std::string_view bytes) {
  std::string out(Base32Size(bytes.size()), '?');
  Base32Encode(AsBytes(bytes), out.data());
  return out;
}

class Base32Vector : public testing::TestWithParam<Vector> {};
INSTANTIATE_TEST_SUITE_P(Known, Base32Vector, testing::ValuesIn(VectorsOf("base32-")), TestName);
TEST_P(Base32Vector, IsReadAsItSays) {
  const Vector& v = GetParam();
  const std::optional<std::string> bytes = Base32Decode(v.Str("input"));
  if (v.Has("result")) {
    EXPECT_FALSE(bytes);
    return;
  }
  EXPECT_EQ(bytes, v.Hex("out_hex"));
  std::string lower = v.Str("input");
  for (char& c : lower) c = static_cast<char>(std::tolower(c));
  EXPECT_EQ(Encoded(*bytes), lower);
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

TEST(Base32, HasOneSpellingForEveryValue) {
  // Too short for another byte, or spare bits.
  for (const char* text : {"a", "aaa", "aaaaaa", "mz", "mzxr", "mzxw7"}) {
    EXPECT_FALSE(Base32Decode(text)) << text;
  }
}

}  // namespace
}  // namespace bauta::masking
