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

// Every length of a group, in every place.
TEST(WriteAddress, IsReadAsTheSame) {
  AddressText room;
  for (unsigned seed = 0; seed < 65'536; seed += 7) {
    Address address = ParseIp("2001:db8::").value();
    const std::size_t at = seed % 7 * 2 + 2;
    address[at] = static_cast<unsigned char>(seed >> 8);
    address[at + 1] = static_cast<unsigned char>(seed & 0xff);
    EXPECT_EQ(ParseIp(WriteAddress(address, room)), address);
    Address v4 = ParseIp("192.0.2.1").value();
    v4[12 + seed % 4] = static_cast<unsigned char>(seed & 0xff);
    EXPECT_EQ(ParseIp(WriteAddress(v4, room)), v4);
  }
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
