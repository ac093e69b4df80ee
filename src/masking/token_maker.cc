#include "masking/token_maker.h"

#include <array>
#include <span>

#include "base/bytes.h"
#include "masking/base32.h"

namespace bauta::masking {
namespace {

constexpr std::size_t kPadTo = 16;

void AppendBase32(std::span<const unsigned char> bytes, std::string& to) {
  const std::size_t begin = to.size();
  to.resize(begin + Base32Size(bytes.size()));
  Base32Encode(bytes, to.data() + begin);
}

// ISO 7816-4; also what is a whole number of blocks gets a mark.
void Pad(std::string_view text, std::string& padded) {
  padded.assign(text);
  padded += '\x80';
  padded.resize((padded.size() + kPadTo - 1) / kPadTo * kPadTo);
}

std::optional<std::string> Unpadded(std::string padded) {
  const std::size_t mark = padded.find_last_not_of('\0');
  if (mark == std::string::npos || padded[mark] != '\x80') return std::nullopt;
  padded.resize(mark);
  return padded;
}

unsigned char* Writable(std::string& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

}  // namespace

Result<H1Maker> H1Maker::Make(const crypto::SecretBytes& key, std::size_t bytes) {
  if (key.size() != kKeySize) return Fatal("a key of hmac-sha256 has 32 bytes");
  return H1Maker(key, bytes);
}

void H1Maker::Append(std::string_view canonical, std::string& token) const {
  std::array<unsigned char, 32> hash;
  hmac_.Sign(canonical, hash.data());
  AppendBase32(std::span(hash).first(bytes_), token);
}

Result<S1Maker> S1Maker::Make(const crypto::SecretBytes& key, std::string_view domain,
                              const Form& form) {
  if (key.size() != kKeySize) return Fatal("a key of aes-siv has 64 bytes");
  if (domain.empty()) return Fatal("aes-siv needs a domain");
  const std::array<std::string_view, 1> associated = {domain};
  return S1Maker(TRY(crypto::Siv::Make(key.bytes(), associated)), !form.is_address());
}

void S1Maker::Append(std::string_view canonical, std::string& token) {
  if (pads_) {
    Pad(canonical, padded_);
  } else {
    padded_.assign(canonical);
  }
  sealed_.resize(padded_.size() + crypto::kSivTag);
  if (!siv_.Seal(AsBytes(padded_), Writable(sealed_))) return;  // An empty address: there is none.
  AppendBase32(AsBytes(sealed_), token);
}

std::optional<std::string> S1Maker::Open(std::string_view sealed) {
  if (sealed.size() <= crypto::kSivTag) return std::nullopt;
  std::string opened(sealed.size() - crypto::kSivTag, '\0');
  if (!siv_.Open(AsBytes(sealed), Writable(opened))) return std::nullopt;
  if (pads_) return Unpadded(std::move(opened));
  if (opened.size() != Address().size()) return std::nullopt;
  return opened;
}

}  // namespace bauta::masking
