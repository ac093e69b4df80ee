#include "masking/canonical.h"

#include <gtest/gtest.h>

#include <algorithm>
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
    Address address;
    std::ranges::copy(canonical.bytes, address.begin());
    AddressText room;
    EXPECT_EQ(WriteAddress(address, room), GetParam().Str("display"));
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

TEST(Canonicalise, LeavesThePrefixOfAnAddress) {
  const struct {
    Form form;
    const char *value, *same;
  } cases[] = {
      {Form::IpPrefix1(24, 64), "192.0.2.255", "192.0.2.0"},
      {Form::IpPrefix1(24, 64), " ::ffff:192.0.2.255", "192.0.2.0"},
      {Form::IpPrefix1(1, 64), "192.0.2.255", "128.0.0.0"},
      {Form::IpPrefix1(32, 64), "192.0.2.255", "192.0.2.255"},
      {Form::IpPrefix1(24, 64), "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"},
      {Form::IpPrefix1(24, 61), "2001:db8:1:f:3:4:5:6", "2001:db8:1:8::"},
      {Form::IpPrefix1(24, 128), "2001:db8::1", "2001:db8::1"},
      {Form::IpPrefix1(24, 1), "8001:db8::1", "8000::"},
      {Form::IpPrefix1(24, 64), "::192.0.2.1", "::"},  // No IPv4 address, says ip1.
  };
  for (const auto& c : cases) {
    std::string scratch, other;
    const CanonicalValue prefix = Canonicalise(c.form, c.value, scratch);
    ASSERT_EQ(prefix.kind, Kind::kOk) << c.value;
    EXPECT_EQ(prefix.bytes, Canonicalise(Form::kIp1, c.same, other).bytes) << c.value;
  }
  std::string scratch;
  EXPECT_EQ(Canonicalise(Form::IpPrefix1(24, 64), "192.0.2.0/24", scratch).kind, Kind::kInvalid);
}

TEST(FormName, SaysWhatIsLeftOfAPrefix) {
  EXPECT_EQ(FormName(Form::IpPrefix1(24, 64)), "ip-prefix1:24,64");
}

}  // namespace
}  // namespace bauta::masking
