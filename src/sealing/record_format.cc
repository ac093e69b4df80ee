#include "sealing/record_format.h"

#include <algorithm>
#include <span>

#include "base/bytes.h"
#include "crypto/aead.h"

namespace bauta::sealing {
namespace {

constexpr std::size_t kEncSize = 32, kCounterSize = 8;
constexpr std::size_t kHeader = 1 + kEncSize + kCounterSize;
constexpr std::size_t kBlock = 256;  // Hides lengths.

template <class Int>
std::string BigEndian(Int n) {
  std::string bytes(sizeof n, '\0');
  for (std::size_t i = sizeof n; i-- > 0; n >>= 8) bytes[i] = static_cast<char>(n & 0xff);
  return bytes;
}

std::uint64_t ReadBigEndian(std::string_view bytes) {
  std::uint64_t n = 0;
  for (const char c : bytes) n = n << 8 | static_cast<unsigned char>(c);
  return n;
}

crypto::ChaChaNonce NonceOf(std::uint64_t counter) {
  crypto::ChaChaNonce nonce{};
  std::ranges::copy(BigEndian(counter), nonce.begin() + 4);
  return nonce;
}

std::string Associated(const RecordPlace& place, int version) {
  const std::string nul(1, '\0');
  std::string out = (version == 2 ? "quarantine-2" : "quarantine") + nul;
  out.append(place.pipeline).append(nul).append(place.message_id).append(nul);
  out.append(BigEndian(static_cast<std::uint64_t>(place.sent_ms))).append(nul);
  return out.append(BigEndian(place.item));
}

int VersionOf(const Content& content) { return content.alone || content.system != "{}" ? 2 : 1; }

void AppendText(std::string& out, std::string_view text) {
  out.append(BigEndian(static_cast<std::uint32_t>(text.size()))).append(text);
}

std::string Padded(const Content& content) {
  const std::size_t least =
      13 + content.attributes.size() + content.body.size() + content.system.size();
  const bool second = VersionOf(content) == 2;
  const std::size_t needed = second ? least : least - 5 - content.system.size();
  std::string plain;
  plain.reserve(PaddedSize(needed, kBlock));  // At once: no copies are left behind.
  if (second) plain.push_back(content.alone ? '\x01' : '\x00');
  AppendText(plain, content.attributes);
  if (second) AppendText(plain, content.system);
  AppendText(plain, content.body);
  Pad(plain, kBlock);
  return plain;
}

// Cuts a length and that many bytes off the front.
std::optional<std::string_view> TakeText(std::string_view& rest) {
  if (rest.size() < 4) return std::nullopt;
  const std::uint64_t size = ReadBigEndian(rest.substr(0, 4));
  rest.remove_prefix(4);
  if (size > rest.size()) return std::nullopt;
  const std::string_view text = rest.substr(0, size);
  rest.remove_prefix(size);
  return text;
}

std::optional<Opened> Parse(std::string_view plain, int version) {
  std::optional<std::string_view> rest = Unpadded(plain);
  if (!rest) return std::nullopt;
  char kind = 0;
  if (version == 2) {
    if (rest->empty()) return std::nullopt;
    kind = rest->front();
    rest->remove_prefix(1);
  }
  const std::optional<std::string_view> attributes = TakeText(*rest);
  if (!attributes) return std::nullopt;
  const std::optional<std::string_view> system = version == 2 ? TakeText(*rest) : "{}";
  if (!system) return std::nullopt;
  const std::optional<std::string_view> body = TakeText(*rest);
  if (!body || !rest->empty() || kind > 1 || kind < 0) return std::nullopt;
  return Opened{std::string(*attributes), std::string(*body), std::string(*system), kind == 1};
}

}  // namespace

std::string SealBytes(int version, const crypto::SecretBytes& dek, const crypto::X25519Public& enc,
                      std::uint64_t counter, std::string_view associated, std::string& plain) {
  std::string record;
  record.reserve(kHeader + plain.size() + crypto::kAeadTag);
  record.push_back(static_cast<char>(version));
  record.append(enc.begin(), enc.end()).append(BigEndian(counter));
  record.resize(kHeader + plain.size() + crypto::kAeadTag);
  crypto::ChaChaSeal(dek, NonceOf(counter), associated, AsBytes(plain),
                     AsWritableBytes(record).subspan(kHeader));
  crypto::Wipe(plain);
  return record;
}

std::optional<std::string> OpenBytes(const crypto::SecretBytes& dek, const RecordParts& parts,
                                     std::string_view associated) {
  std::string plain(parts.sealed.size() - crypto::kAeadTag, '\0');
  if (!crypto::ChaChaOpen(dek, NonceOf(parts.counter), associated, AsBytes(parts.sealed),
                          AsWritableBytes(plain))) {
    return std::nullopt;
  }
  return plain;
}

void Pad(std::string& plain, std::size_t block) {
  const std::size_t size = PaddedSize(plain.size(), block);
  plain.push_back('\x80');
  plain.resize(size, '\0');
}

std::optional<std::string_view> Unpadded(std::string_view plain) {
  const std::size_t mark = plain.find_last_not_of('\0');
  if (mark == std::string_view::npos || plain[mark] != '\x80') return std::nullopt;
  return plain.substr(0, mark);
}

std::string SealRecord(const crypto::SecretBytes& dek, const crypto::X25519Public& enc,
                       std::uint64_t counter, const RecordPlace& place, const Content& content) {
  std::string plain = Padded(content);
  const int version = VersionOf(content);
  return SealBytes(version, dek, enc, counter, Associated(place, version), plain);
}

std::optional<RecordParts> SplitRecord(std::string_view record) {
  if (record.size() < kHeader + crypto::kAeadTag) return std::nullopt;
  RecordParts parts;
  parts.version = static_cast<unsigned char>(record[0]);
  if (parts.version != 1 && parts.version != 2) return std::nullopt;
  std::ranges::copy(record.substr(1, kEncSize), parts.enc.begin());
  parts.counter = ReadBigEndian(record.substr(1 + kEncSize, kCounterSize));
  parts.sealed = record.substr(kHeader);
  return parts;
}

std::optional<Opened> OpenRecord(const crypto::SecretBytes& dek, const RecordParts& parts,
                                 const RecordPlace& place) {
  std::optional<std::string> plain = OpenBytes(dek, parts, Associated(place, parts.version));
  if (!plain) return std::nullopt;
  std::optional<Opened> opened = Parse(*plain, parts.version);
  crypto::Wipe(*plain);
  return opened;
}

}  // namespace bauta::sealing
