#include "queue/receipt.h"

#include <array>
#include <charconv>

namespace bauta::queue {
namespace {

constexpr std::string_view kPrefix = "AQEB";
constexpr std::size_t kWord = 16;  // Hex digits.
constexpr int kChecks = 4;         // One would do, but handles of SQS are long.
constexpr std::size_t kSize = kPrefix.size() + (kChecks + 3) * kWord;

// The finisher of SplitMix64.
std::uint64_t Mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

std::uint64_t Check(const Receipt& r, std::uint64_t key) {
  return Mix(Mix(Mix(Mix(key ^ r.mailbox) + r.message) + r.receipt) ^ key);
}

using Handle = std::array<char, kSize>;

void PutHex(Handle& out, std::size_t& at, std::uint64_t word) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  for (int shift = 60; shift >= 0; shift -= 4) out[at++] = kDigits[word >> shift & 15];
}

Handle Write(const Receipt& receipt, std::uint64_t key) {
  Handle out;
  std::size_t at = kPrefix.copy(out.data(), kPrefix.size());
  std::uint64_t check = Check(receipt, key);
  for (int i = 0; i < kChecks; ++i) {
    PutHex(out, at, check);
    check = Mix(check + 0x9e3779b97f4a7c15u);  // Without the key, which Mix would not hide.
  }
  for (const std::uint64_t word : {receipt.mailbox, receipt.message, receipt.receipt}) {
    PutHex(out, at, word);
  }
  return out;
}

}  // namespace

std::string ToHandle(const Receipt& receipt, std::uint64_t key) {
  const Handle handle = Write(receipt, key);
  return {handle.data(), handle.size()};
}

std::optional<Receipt> FromHandle(std::string_view handle, std::uint64_t key) {
  if (handle.size() != kSize) return std::nullopt;
  std::array<std::uint64_t, 3> words{};
  for (std::size_t i = 0; i < words.size(); ++i) {
    const char* begin = handle.data() + kSize - (words.size() - i) * kWord;
    const auto [end, error] = std::from_chars(begin, begin + kWord, words[i], 16);
    if (error != std::errc() || end != begin + kWord) return std::nullopt;
  }
  const Receipt receipt{words[0], words[1], words[2]};
  const Handle right = Write(receipt, key);
  if (handle != std::string_view(right.data(), right.size())) return std::nullopt;
  return receipt;
}

}  // namespace bauta::queue
