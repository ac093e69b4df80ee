#include "queue/digest.h"

#include <openssl/evp.h>

#include <array>
#include <cstdlib>

#include "base/text.h"

namespace bauta::queue {
namespace {

void AppendSized(std::string& out, std::string_view part) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    out += static_cast<char>(part.size() >> shift & 0xff);
  }
  out += part;
}

struct Hasher {
  explicit Hasher(const char* name)
      : method(EVP_MD_fetch(nullptr, name, nullptr)), context(EVP_MD_CTX_new()) {
    if (method == nullptr || context == nullptr) std::abort();
  }
  ~Hasher() {
    EVP_MD_CTX_free(context);
    EVP_MD_free(method);
  }
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  // Lower-case hex.
  std::string Sum(std::string_view bytes) const {
    std::array<unsigned char, EVP_MAX_MD_SIZE> sum{};
    unsigned size = 0;
    if (EVP_DigestInit_ex(context, method, nullptr) != 1 ||
        EVP_DigestUpdate(context, bytes.data(), bytes.size()) != 1 ||
        EVP_DigestFinal_ex(context, sum.data(), &size) != 1) {
      std::abort();
    }
    return HexEncode(std::string(sum.begin(), sum.begin() + size));
  }

  EVP_MD* method;
  EVP_MD_CTX* context;
};

}  // namespace

// Fetching the method costs more than most bodies, hence once a thread.
std::string Md5(std::string_view bytes) {
  thread_local const Hasher hasher("MD5");
  return hasher.Sum(bytes);
}

std::string Sha256(std::string_view bytes) {
  thread_local const Hasher hasher("SHA256");
  return hasher.Sum(bytes);
}

std::string Md5(const MessageAttributes& attributes) {
  if (attributes.empty()) return {};
  std::string bytes;
  for (const auto& [name, attribute] : attributes) {
    AppendSized(bytes, name);
    AppendSized(bytes, attribute.type);
    bytes += attribute.binary() ? '\x02' : '\x01';
    AppendSized(bytes, attribute.value);
  }
  return Md5(std::string_view(bytes));
}

}  // namespace bauta::queue
