#include "sealing/vault_record.h"

#include <algorithm>
#include <utility>

#include "crypto/hpke.h"
#include "sealing/vault_format.h"

namespace bauta::sealing {
namespace {

constexpr std::size_t kBlock = 128;  // Hides the family of an address.

std::string Associated(const VaultPlace& place) {
  std::string out;
  out.reserve(7 + place.domain.size() + place.token.size());
  out.append("vault").push_back('\0');
  out.append(place.domain).push_back('\0');
  return out.append(place.token);
}

}  // namespace

// Neither names nor tokens hold a NUL, and no form's name is longer than a byte says.
std::string SealOriginal(const crypto::SecretBytes& dek, const crypto::X25519Public& enc,
                         std::uint64_t counter, const VaultPlace& place, std::string_view canon,
                         std::string_view value) {
  std::string plain;
  plain.reserve(PaddedSize(1 + canon.size() + value.size(), kBlock));  // At once: no copies.
  plain.push_back(static_cast<char>(canon.size()));
  plain.append(canon).append(value);
  Pad(plain, kBlock);
  return SealBytes(1, dek, enc, counter, Associated(place), plain);
}

std::optional<OpenedOriginal> OpenOriginal(const crypto::SecretBytes& dek, const RecordParts& parts,
                                           const VaultPlace& place) {
  if (parts.version != 1) return std::nullopt;
  std::optional<std::string> plain = OpenBytes(dek, parts, Associated(place));
  if (!plain) return std::nullopt;
  std::optional<OpenedOriginal> opened;
  const std::optional<std::string_view> text = Unpadded(*plain);
  if (text && !text->empty()) {
    const std::size_t name = static_cast<unsigned char>(text->front());
    if (name < text->size())
      opened = {std::string(text->substr(1, name)), std::string(text->substr(1 + name))};
  }
  crypto::Wipe(*plain);
  return opened;
}

Result<VaultSealer> VaultSealer::Make(const keys::PublicKey& recipient) {
  const crypto::HpkeSetup setup = TRY(crypto::HpkeSend(recipient, kVaultInfo));
  return VaultSealer(setup.enc, setup.context.Export("dek", 32));
}

std::string VaultSealer::Seal(const Original& original) {
  return SealOriginal(dek_, enc_, counter_++, {original.domain(), original.token()},
                      original.canon(), original.value_);
}

Result<> VaultOpener::ReadDek(const crypto::X25519Public& enc) {
  const auto known = known_.find(enc);
  if (known != known_.end()) {
    std::ranges::copy(Room(known->second), dek_.writable().begin());
    return Ok();
  }
  const crypto::HpkeContext setup = TRY(crypto::HpkeReceive(identity_, enc, kVaultInfo));
  dek_ = setup.Export("dek", kDek);
  if (known_.size() >= kMostSetups) known_.clear();
  const std::size_t number = known_.size();
  if (number == slabs_.size() * kInSlab) slabs_.emplace_back(kInSlab * kDek);
  std::ranges::copy(dek_.bytes(), Room(number).begin());
  known_.emplace(enc, number);
  return Ok();
}

std::span<unsigned char> VaultOpener::Room(std::size_t number) {
  return slabs_[number / kInSlab].writable().subspan(number % kInSlab * kDek, kDek);
}

Result<OpenedOriginal> VaultOpener::Open(const VaultPlace& place, std::string_view record) {
  const std::optional<RecordParts> parts = SplitRecord(record);
  if (!parts || parts->version != 1) {
    return Rejected("this is no vault record of version 1, or it was cut");
  }
  TRY(ReadDek(parts->enc));
  std::optional<OpenedOriginal> opened = OpenOriginal(dek_, *parts, place);
  if (!opened) {
    return Rejected("the vault record was damaged or moved, or is for another recipient",
                    "use the identity of the recipient that stands beside the record");
  }
  return std::move(*opened);
}

}  // namespace bauta::sealing
