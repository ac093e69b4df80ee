#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace bauta::masking {

// All values of a form that has few enough to try them all.  Immutable; any thread.
class Candidates {
 public:
  // Every IPv4 address as a dotted quad, or those of networks: "198.51.100.0/24".  kConfig.
  static Result<Candidates> Ipv4(std::span<const std::string> networks);
  // A text in which d is any decimal and x any lower-case hexadecimal digit; a backslash takes that
  // away from what is behind it: "ddd-dd-dddd".  kConfig.
  static Result<Candidates> Pattern(std::string_view pattern);

  // Never more than 2^40.
  std::uint64_t size() const { return size_; }

  // One after the other.  One thread at a time; the candidates must outlive it.
  class Cursor {
   public:
    Cursor(const Candidates& candidates, std::uint64_t first);
    // Until Next.
    std::string_view text() const { return {text_.data(), length_}; }
    void Next();

   private:
    void WriteAddress();
    void WriteText(std::uint64_t index);

    const Candidates& all_;
    std::uint64_t index_;
    std::size_t network_ = 0;
    std::uint32_t address_ = 0;
    std::size_t length_ = 0;
    std::array<char, 64> text_{};
  };

 private:
  struct Network {
    std::uint32_t first;
    std::uint64_t size;
  };
  struct Place {
    std::size_t at;        // In the text.
    std::string_view all;  // What may stand there.
  };

  std::uint64_t size_ = 0;
  std::vector<Network> networks_;
  std::string text_;           // Of a pattern: its first candidate.
  std::vector<Place> places_;  // The last one turns fastest.
};

}  // namespace bauta::masking
