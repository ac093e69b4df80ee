#include "masking/ipcrypt_mask.h"

#include <gtest/gtest.h>

#include <string>

#include "fakes/scheme_keys.h"
#include "fakes/vectors.h"

namespace bauta::masking {
namespace {

using fakes::SchemeKey;
using Cipher = IpcryptMask::Cipher;

IpcryptMask PfxMask() {
  return IpcryptMask(
      ByMonth<Cipher>(Cipher(IpcryptPfx::Make(SchemeKey("ipcrypt-pfx", "ip", "ip1", 32)).value())));
}
IpcryptMask DeterministicMask() {
  return IpcryptMask(ByMonth<Cipher>(Cipher(
      IpcryptDeterministic::Make(SchemeKey("ipcrypt-deterministic", "ip", "ip1", 16)).value())));
}

void ExpectMasked(const Masked& masked, std::string_view text) {
  EXPECT_EQ(masked.outcome, Outcome::kMasked);
  EXPECT_EQ(masked.text, text);
}

TEST(IpcryptMask, WritesTheAddressesOfTheScheme) {
  IpcryptMask pfx = PfxMask(), deterministic = DeterministicMask();
  for (const Vector& v : VectorsOf("scheme-ip-")) {
    ExpectMasked(pfx.Mask(v.Str("ip"), 0), v.Str("ipcrypt_pfx"));
    ExpectMasked(deterministic.Mask(v.Str("ip"), 0), v.Str("ipcrypt_deterministic"));
  }
}

TEST(IpcryptMask, SpellingsOfOneAddressAreOne) {
  IpcryptMask mask = PfxMask();
  const std::string text(mask.Mask("192.0.2.1", 0).text);
  for (const char* same : {" 192.0.2.1\n", "::ffff:192.0.2.1", "::FFFF:C000:0201"}) {
    ExpectMasked(mask.Mask(same, 0), text);
  }
}

TEST(IpcryptMask, TakesAddressesOnly) {
  using std::string_view_literals::operator""sv;
  IpcryptMask masks[] = {PfxMask(), DeterministicMask()};
  for (IpcryptMask& mask : masks) {
    for (const std::string_view text : {"unknown"sv, "192.0.2.1:80"sv, "192.0.2.1\0"sv, "-"sv}) {
      EXPECT_EQ(mask.Mask(text, 0).outcome, Outcome::kInvalid) << text;
    }
    for (const char* text : {"", "  ", "\t\n"}) {
      EXPECT_EQ(mask.Mask(text, 0).outcome, Outcome::kEmpty);
    }
  }
}

TEST(IpcryptMask, TakesTheKeyOfTheMonth) {
  int derived = 0;
  const auto make = [&derived](std::string_view month) -> Result<Cipher> {
    ++derived;
    return Cipher(
        TRY(IpcryptPfx::Make(SchemeKey("ipcrypt-pfx", "ip@" + std::string(month), "ip1", 32))));
  };
  IpcryptMask monthly(ByMonth<Cipher>::Of(make).value());
  IpcryptPfx january = IpcryptPfx::Make(SchemeKey("ipcrypt-pfx", "ip@2026-01", "ip1", 32)).value();
  AddressText room;
  const std::string text(WriteAddress(january.Encrypt(ParseIp("192.0.2.1").value()), room));
  for (int i = 0; i < 3; ++i) {
    ExpectMasked(monthly.Mask("192.0.2.1", 1769903999999), text);
    EXPECT_NE(monthly.Mask("192.0.2.1", 1769904000000).text, text);
  }
  EXPECT_EQ(derived, 3) << "each month's keys are derived once; the first month is tried at once";
}

}  // namespace
}  // namespace bauta::masking
