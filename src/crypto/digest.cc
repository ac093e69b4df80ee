#include "crypto/digest.h"

#include <algorithm>

#include "base/text.h"
#include "crypto/openssl.h"
#include "crypto/sha256.h"

namespace bauta::crypto {
namespace {

// Looking an algorithm up takes locks in OpenSSL 3: once, not per value.
const EVP_MD* Fetched(const char* name) {
  EVP_MD* const md = EVP_MD_fetch(nullptr, name, nullptr);
  Require(md != nullptr, name);
  return md;
}

EVP_MD_CTX* ThreadContext() {
  thread_local const OpensslPtr<EVP_MD_CTX> context(EVP_MD_CTX_new());
  Require(context != nullptr, "EVP_MD_CTX_new");
  return context.get();
}

void Digest(const EVP_MD* md, std::string_view data, unsigned char* out) {
  EVP_MD_CTX* const context = ThreadContext();
  Require(EVP_DigestInit_ex2(context, md, nullptr) == 1, "EVP_DigestInit_ex2");
  Require(EVP_DigestUpdate(context, data.data(), data.size()) == 1, "EVP_DigestUpdate");
  Require(EVP_DigestFinal_ex(context, out, nullptr) == 1, "EVP_DigestFinal_ex");
}

}  // namespace

std::array<unsigned char, 32> Sha256(std::initializer_list<std::string_view> parts) {
  Sha256Stream stream;
  for (const std::string_view part : parts) stream.Add(AsBytes(part));
  return stream.Finish();
}

std::array<unsigned char, 32> Sha256(std::string_view data) { return Sha256({data}); }

std::string Md5Hex(std::string_view data) {
  static const EVP_MD* const md = Fetched("MD5");
  std::array<unsigned char, 16> out;
  Digest(md, data, out.data());
  return HexEncode(AsText(out));
}

std::string Sha1Hex(std::string_view data) {
  static const EVP_MD* const md = Fetched("SHA1");
  std::array<unsigned char, 20> out;
  Digest(md, data, out.data());
  return HexEncode(AsText(out));
}

Uuid LedgerId(std::string_view message_id) {
  if (const std::optional<Uuid> uuid = ParseUuid(message_id)) return *uuid;
  const std::array<unsigned char, 32> hash =
      Sha256({"bauta-id-v1", std::string_view("\0", 1), message_id});
  Uuid id;
  std::copy_n(hash.begin(), id.bytes.size(), id.bytes.begin());
  return id;
}

}  // namespace bauta::crypto
