#include "sealing/quarantine_record.h"

#include <limits>
#include <utility>

#include "crypto/hpke.h"
#include "sealing/record_format.h"

namespace bauta::sealing {
namespace {

// A NUL would make the associated data ambiguous; be32 holds lengths.
bool CanBeSealed(const RecordPlace& place, const Content& content) {
  constexpr std::size_t kMost = std::numeric_limits<std::int32_t>::max();
  const auto has_nul = [](std::string_view s) { return s.find('\0') != std::string_view::npos; };
  return !has_nul(place.pipeline) && !has_nul(place.message_id) &&
         content.attributes.size() <= kMost && content.body.size() <= kMost &&
         content.system.size() <= kMost;
}

}  // namespace

Result<Sealer> Sealer::Make(const keys::PublicKey& recipient) {
  const crypto::HpkeSetup setup = TRY(crypto::HpkeSend(recipient, kQuarantineInfo));
  return Sealer(setup.enc, setup.context.Export("dek", 32));
}

Result<std::string> Sealer::Seal(const RecordPlace& place, const Sealable& what) {
  Content content{what.attributes_, what.body_};
  if (what.further_) {
    content.system = what.further_->system;
    if (place.item < what.further_->parts.size()) {
      const Sealable::Part& part = what.further_->parts[place.item];
      content.body = content.body.substr(part.begin, part.size);
      content.alone = true;
    }
  }
  if (!CanBeSealed(place, content)) {
    return Rejected("a message with a NUL in its id, or over 2 GiB, cannot be sealed");
  }
  return SealRecord(dek_, enc_, counter_++, place, content);
}

Result<Opened> Opener::Open(const RecordPlace& place, std::string_view record) {
  const std::optional<RecordParts> parts = SplitRecord(record);
  if (!parts) return Rejected("this is no sealed record of version 1 or 2, or it was cut");
  if (enc_ != parts->enc) {
    enc_.reset();
    dek_ = TRY(crypto::HpkeReceive(identity_, parts->enc, kQuarantineInfo)).Export("dek", 32);
    enc_ = parts->enc;
  }
  std::optional<Opened> opened = OpenRecord(dek_, *parts, place);
  if (!opened) {
    return Rejected("the sealed record was damaged or moved, or is for another recipient",
                    "use the identity of the recipient that the config named when it was sealed");
  }
  return std::move(*opened);
}

Result<Opened> OpenQuarantineRecord(const crypto::SecretBytes& identity, const RecordPlace& place,
                                    std::string_view record) {
  return Opener(identity).Open(place, record);
}

}  // namespace bauta::sealing
