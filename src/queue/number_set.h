// A set of numbers most of which have neighbours in it: a bit for each, so that a million of them
// take two megabytes.
#pragma once

#include <bit>
#include <cstdint>
#include <map>

namespace bauta::queue {

class NumberSet {
 public:
  using Number = std::uint64_t;

  bool empty() const { return words_.empty(); }
  void Insert(Number number) {
    words_.try_emplace(words_.end(), number / kBits, 0)->second |= Bit(number);
  }
  // Fine if it is not there.
  void Erase(Number number) {
    const auto at = words_.find(number / kBits);
    if (at == words_.end()) return;
    at->second &= ~Bit(number);
    if (at->second == 0) words_.erase(at);
  }
  // Not of an empty set, these three.
  Number First() const { return FirstOf(*words_.begin()); }
  Number Last() const {
    const auto& [index, word] = *words_.rbegin();
    return index * kBits + (kBits - 1) - static_cast<Number>(std::countl_zero(word));
  }
  // The least that is not below `number`, which is at most the last.
  Number AtLeast(Number number) const {
    auto at = words_.lower_bound(number / kBits);
    if (at->first == number / kBits) {
      const Number rest = at->second & ~(Bit(number) - 1);
      if (rest != 0) return FirstOf({at->first, rest});
      ++at;
    }
    return FirstOf(*at);
  }
  void Clear() { words_.clear(); }

 private:
  static constexpr Number kBits = 64;
  static Number Bit(Number number) { return Number{1} << number % kBits; }
  static Number FirstOf(const std::pair<const Number, Number>& word) {
    return word.first * kBits + static_cast<Number>(std::countr_zero(word.second));
  }

  std::map<Number, Number> words_;  // By number / 64; none is 0.
};

}  // namespace bauta::queue
