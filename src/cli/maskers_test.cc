#include "cli/maskers.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/text.h"
#include "fakes/vectors.h"
#include "masking/by_month.h"

namespace bauta::cli {
namespace {

// That of the vectors.
keys::KeyRing::Key SchemeKey(std::string created = "2026-03-31") {
  return {.kid = "k1",
          .status = keys::KeyStatus::kEnabled,
          .created = std::move(created),
          .kcv = {},
          .prk = crypto::SecretBytes::CopyOf(VectorNamed("scheme-keys-ip").Hex("prk_hex"))};
}

TEST(SubKeys, AreThoseOfTheScheme) {
  const struct {
    Mask mask;
    const char *vector, *field;
  } cases[] = {
      {Mask::kHmacSha256, "scheme-keys-ip", "key_h1_hex"},
      {Mask::kAesSiv, "scheme-keys-ip", "key_s1_hex"},
      {Mask::kIpcryptDeterministic, "scheme-keys-ipcrypt", "key_ipcrypt_deterministic_hex"},
      {Mask::kIpcryptPfx, "scheme-keys-ipcrypt", "key_ipcrypt_pfx_hex"},
  };
  for (const auto& c : cases) {
    const auto key = SubKeyFor(SchemeKey(), c.mask, "ip", masking::Form::kIp1);
    ASSERT_TRUE(key.ok());
    EXPECT_EQ(HexEncode(AsText(key->bytes())), VectorNamed(c.vector).Str(c.field));
  }
}

TEST(FirstMonth, IsTwoYearsBeforeTheKey) {
  const int january = (2026 - 1970) * 12;
  EXPECT_EQ(FirstMonthOf(SchemeKey("2026-01-31"), january + 5), january - 24);
  EXPECT_EQ(FirstMonthOf(SchemeKey("2025-12-31"), january + 5), january - 25);
  EXPECT_EQ(FirstMonthOf(SchemeKey("2026-09-01"), january), january - 24) << "its clock was ahead";
  EXPECT_EQ(FirstMonthOf(SchemeKey("1971-06-01"), january), 0);
  EXPECT_EQ(FirstMonthOf(SchemeKey(""), january), january - 24) << "as if it was made now";
  EXPECT_EQ(masking::MonthName(january), "2026-01");
}

}  // namespace
}  // namespace bauta::cli
