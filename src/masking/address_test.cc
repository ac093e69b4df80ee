#include "masking/address.h"

#include <gtest/gtest.h>

#include <string>

namespace bauta::masking {
namespace {

TEST(ParseIp, RefusesOverlongTextWithoutReadingPastIt) {
  EXPECT_FALSE(ParseIp(std::string(46, ':')));
  EXPECT_FALSE(ParseIp(std::string(100'000, '1')));
  EXPECT_TRUE(ParseIp("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255"));  // The longest there is.
}

// RFC 5952, section 4; more in canon-ip-ok-*.
TEST(WriteAddress, WritesAsPeopleDo) {
  const struct {
    const char *read, *written;
  } cases[] = {
      {"0.0.0.0", "0.0.0.0"},
      {"255.255.255.255", "255.255.255.255"},
      {"::ffff:c000:0201", "192.0.2.1"},
      {"::", "::"},
      {"::1", "::1"},
      {"1::", "1::"},
      {"2001:0db8:0:0:0:0:2:1", "2001:db8::2:1"},
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},  // One group alone stays.
      {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},           // The longest run.
      {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},     // The first of equals.
      {"2001:DB8::ABCD", "2001:db8::abcd"},
      {"::192.0.2.1", "::c000:201"},
      {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
  };
  AddressText room;
  for (const auto& c : cases) EXPECT_EQ(WriteAddress(ParseIp(c.read).value(), room), c.written);
}

TEST(ZeroHost, LeavesSoManyBits) {
  for (const auto& [bits, left] : {std::pair{0, "0.0.0.0"},
                                   {8, "255.0.0.0"},
                                   {9, "255.128.0.0"},
                                   {31, "255.255.255.254"},
                                   {32, "255.255.255.255"}}) {
    Address address = ParseIp("255.255.255.255").value();
    ZeroHost(std::span(address).subspan(12), bits);
    AddressText room;
    EXPECT_EQ(WriteAddress(address, room), left);
  }
}

}  // namespace
}  // namespace bauta::masking
