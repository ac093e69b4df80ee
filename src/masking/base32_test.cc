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

TEST(Base32, WritesTheSchemesExample) {
  const Vector vector = VectorNamed("base32-1");
  EXPECT_EQ(Encoded(vector.Hex("out_hex")), vector.Str("input"));
}

// RFC 4648, section 10, in lower case and without padding.
TEST(Base32, WritesTheRfcsExamples) {
  const struct {
    const char *bytes, *text;
  } cases[] = {{"", ""},
               {"f", "my"},
               {"fo", "mzxq"},
               {"foo", "mzxw6"},
               {"foob", "mzxw6yq"},
               {"fooba", "mzxw6ytb"},
               {"foobar", "mzxw6ytboi"}};
  for (const auto& c : cases) EXPECT_EQ(Encoded(c.bytes), c.text);
}

}  // namespace
}  // namespace bauta::masking
