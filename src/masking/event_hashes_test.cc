#include "masking/event_hashes.h"

#include <gtest/gtest.h>

#include <string>

#include "base/text.h"
#include "crypto/hkdf.h"

namespace bauta::masking {
namespace {

crypto::SecretBytes SubKey(std::string_view form) {
  crypto::SecretBytes master(32);
  for (unsigned char i = 0; i < 32; ++i) master.writable()[i] = i;
  const std::string nul(1, '\0');
  return crypto::HkdfExpand(crypto::HkdfExtract("pii-token-v1", master),
                            "e1" + nul + "logins" + nul + std::string(form), 32);
}

std::string Hex(const EventHashes::Hash& hash) {
  return HexEncode({reinterpret_cast<const char*>(hash.data()), hash.size()});
}

// The worked example of docs/formats/event-key.md.
TEST(EventHashes, AreThoseOfTheDocument) {
  EventHashes hashes = EventHashes::Make({SubKey("id1"), SubKey("body1")}).value();
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(Hex(hashes.OfId("evt-1")), "be1a148e2c6d1655340f977290fc42d3");
    EXPECT_EQ(Hex(hashes.OfBody(R"({"id":"evt-1"})")), "a4b34fc4daad41af95d8613b1394d0ef");
  }
}

TEST(EventHashes, WantWholeKeys) {
  EXPECT_FALSE(EventHashes::Make({SubKey("id1"), crypto::SecretBytes(16)}).ok());
}

}  // namespace
}  // namespace bauta::masking
