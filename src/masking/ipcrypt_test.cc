#include "masking/ipcrypt.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

#include "fakes/scheme_keys.h"
#include "fakes/vectors.h"

namespace bauta::masking {
namespace {

using fakes::SchemeKey;

Address Ip(const std::string& text) { return ParseIp(text).value(); }
std::string Text(const Address& address) {
  AddressText room;
  return std::string(WriteAddress(address, room));
}

template <class Cipher>
void ExpectBothWays(Cipher cipher, const std::string& ip, const std::string& out) {
  EXPECT_EQ(Text(cipher.Encrypt(Ip(ip))), out);
  EXPECT_EQ(Text(cipher.Decrypt(Ip(out))), ip);
}

IpcryptDeterministic Deterministic(const crypto::SecretBytes& key) {
  return IpcryptDeterministic::Make(key).value();
}
IpcryptPfx Pfx(const crypto::SecretBytes& key) { return IpcryptPfx::Make(key).value(); }

class DeterministicVector : public testing::TestWithParam<Vector> {};
INSTANTIATE_TEST_SUITE_P(Known, DeterministicVector, testing::ValuesIn(VectorsOf("ipcrypt-det-")),
                         TestName);
TEST_P(DeterministicVector, IsReproducedAndTurnedBack) {
  const Vector& v = GetParam();
  ExpectBothWays(Deterministic(crypto::SecretBytes::CopyOf(v.Hex("key_hex"))), v.Str("ip"),
                 v.Str("out_ip"));
}

class PfxVector : public testing::TestWithParam<Vector> {};
INSTANTIATE_TEST_SUITE_P(Known, PfxVector, testing::ValuesIn(VectorsOf("ipcrypt-pfx-")), TestName);
TEST_P(PfxVector, IsReproducedAndTurnedBack) {
  const Vector& v = GetParam();
  ExpectBothWays(Pfx(crypto::SecretBytes::CopyOf(v.Hex("key_hex"))), v.Str("ip"), v.Str("out_ip"));
}

TEST(Ipcrypt, GivesTheAddressesOfTheScheme) {
  for (const Vector& v : VectorsOf("scheme-ip-")) {
    ExpectBothWays(Deterministic(SchemeKey("ipcrypt-deterministic", "ip", "ip1", 16)), v.Str("ip"),
                   v.Str("ipcrypt_deterministic"));
    ExpectBothWays(Pfx(SchemeKey("ipcrypt-pfx", "ip", "ip1", 32)), v.Str("ip"),
                   v.Str("ipcrypt_pfx"));
  }
}

int SharedBits(const Address& a, const Address& b) {
  int bits = 0;
  while (bits < 128 &&
         ((a[static_cast<std::size_t>(bits) / 8] ^ b[static_cast<std::size_t>(bits) / 8]) >>
              (7 - bits % 8) &
          1) == 0) {
    ++bits;
  }
  return bits;
}

// Neighbours at every distance stay neighbours at that distance, and no nearer.
TEST(IpcryptPfx, KeepsHowManyBitsAreShared) {
  IpcryptPfx pfx = Pfx(SchemeKey("ipcrypt-pfx", "ip", "ip1", 32));
  for (const char* text : {"192.0.2.77", "2001:db8:1:2:3:4:5:6"}) {
    const Address one = Ip(text);
    for (std::size_t bit = IsIpv4(one) ? 96 : 0; bit < 128; ++bit) {
      Address other = one;
      other[bit / 8] ^= static_cast<unsigned char>(0x80 >> bit % 8);
      if (IsIpv4(one) != IsIpv4(other)) continue;
      EXPECT_EQ(SharedBits(pfx.Encrypt(one), pfx.Encrypt(other)), SharedBits(one, other));
    }
  }
}

TEST(IpcryptPfx, ComesBackForAnyAddress) {
  IpcryptPfx pfx = Pfx(SchemeKey("ipcrypt-pfx", "ip", "ip1", 32));
  IpcryptDeterministic deterministic =
      Deterministic(SchemeKey("ipcrypt-deterministic", "ip", "ip1", 16));
  std::mt19937 random(7);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same addresses each time.
  for (int i = 0; i < 500; ++i) {
    Address address = Ip("0.0.0.0");
    for (std::size_t at = i % 2 == 0 ? 0 : 12; at < 16; ++at) {
      address[at] = static_cast<unsigned char>(random() & 0xff);
    }
    EXPECT_EQ(pfx.Decrypt(pfx.Encrypt(address)), address);
    EXPECT_EQ(IsIpv4(pfx.Encrypt(address)), IsIpv4(address));
    EXPECT_EQ(deterministic.Decrypt(deterministic.Encrypt(address)), address);
  }
}

// It would be the identity.
TEST(IpcryptPfx, RefusesEqualHalves) {
  crypto::SecretBytes key(32);
  std::ranges::fill(key.writable(), 'k');
  const Result<IpcryptPfx> made = IpcryptPfx::Make(key);
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().code, ErrorCode::kConfig);
  key.writable()[31] = 'l';
  EXPECT_TRUE(IpcryptPfx::Make(key).ok());
}

TEST(Ipcrypt, RefusesKeysOfOtherSizes) {
  for (const std::size_t size : {0u, 15u, 24u, 64u}) {
    EXPECT_FALSE(IpcryptDeterministic::Make(crypto::SecretBytes(size)).ok()) << size;
    EXPECT_FALSE(IpcryptPfx::Make(crypto::SecretBytes(size)).ok()) << size;
  }
  EXPECT_FALSE(IpcryptDeterministic::Make(crypto::SecretBytes(32)).ok());
  EXPECT_FALSE(IpcryptPfx::Make(crypto::SecretBytes(16)).ok());
}

}  // namespace
}  // namespace bauta::masking
