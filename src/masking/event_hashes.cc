#include "masking/event_hashes.h"

#include <algorithm>

namespace bauta::masking {

Result<EventHashes> EventHashes::Make(const Keys& keys) {
  if (keys.id.size() != 32 || keys.body.size() != 32) return Fatal("an event's keys have 32 bytes");
  return EventHashes(keys);
}

EventHashes::Hash EventHashes::Sign(const crypto::Hmac& under, std::string_view data) {
  std::array<unsigned char, 32> whole;
  under.Sign(data, whole.data());
  Hash hash;
  std::copy_n(whole.begin(), hash.size(), hash.begin());
  return hash;
}

}  // namespace bauta::masking
