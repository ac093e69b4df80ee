#include "masking/canonical.h"

#include <gtest/gtest.h>

#include <map>

#include "fakes/vectors.h"

namespace bauta::masking {
namespace {

using Kind = CanonicalValue::Kind;

Form FormNamed(std::string_view name) {
  for (const Form f : {Form::kStr1, Form::kIp1, Form::kLower1, Form::kDigits1, Form::kRaw1}) {
    if (FormName(f) == name) return f;
  }
  ADD_FAILURE() << name;
  return Form::kStr1;
}

class IpVector : public testing::TestWithParam<Vector> {};
INSTANTIATE_TEST_SUITE_P(Good, IpVector, testing::ValuesIn(VectorsOf("canon-ip-ok-")), TestName);
INSTANTIATE_TEST_SUITE_P(Bad, IpVector, testing::ValuesIn(VectorsOf("canon-ip-bad-")), TestName);
TEST_P(IpVector, IsReadAsItSays) {
  const std::string input = GetParam().Str("input");
  std::string scratch;
  const CanonicalValue canonical = Canonicalise(Form::kIp1, input, scratch);
  if (GetParam().Has("result")) {
    EXPECT_EQ(canonical.kind, input.empty() ? Kind::kEmpty : Kind::kInvalid);
    EXPECT_FALSE(ParseIp(input));
  } else {
    ASSERT_EQ(canonical.kind, Kind::kOk);
    EXPECT_EQ(canonical.bytes, GetParam().Hex("canon_hex"));
  }
}

class TextVector : public testing::TestWithParam<Vector> {};
INSTANTIATE_TEST_SUITE_P(Known, TextVector, testing::ValuesIn(VectorsOf("canon-text-")), TestName);
TEST_P(TextVector, IsReadAsItSays) {
  const std::map<std::string, Kind> kinds = {
      {"ok", Kind::kOk}, {"null", Kind::kEmpty}, {"invalid", Kind::kInvalid}};
  const std::string input = GetParam().Hex("input_hex");
  std::string scratch;
  const CanonicalValue canonical = Canonicalise(FormNamed(GetParam().Str("canon")), input, scratch);
  EXPECT_EQ(canonical.kind, kinds.at(GetParam().Str("result")));
  if (GetParam().Str("result") != "ok") return;
  EXPECT_EQ(canonical.bytes, GetParam().Hex("canon_hex"));
}

TEST(Canonicalise, EmptyIsNullInEveryForm) {
  std::string scratch;
  for (const Form f : {Form::kStr1, Form::kIp1, Form::kLower1, Form::kDigits1, Form::kRaw1}) {
    for (const char* text : {"", " ", "\t\r\n "}) {
      EXPECT_EQ(Canonicalise(f, text, scratch).kind, Kind::kEmpty) << FormName(f);
    }
  }
}

TEST(ParseIp, RefusesOverlongTextWithoutReadingPastIt) {
  EXPECT_FALSE(ParseIp(std::string(46, ':')));
  EXPECT_FALSE(ParseIp(std::string(100'000, '1')));
  EXPECT_TRUE(ParseIp("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255"));  // The longest there is.
}

}  // namespace
}  // namespace bauta::masking
