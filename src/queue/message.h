// A message as producers send it and consumers get it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace bauta::queue {

struct MessageAttribute {
  std::string type;   // "String", "Number", "Binary", maybe with ".suffix".
  std::string value;  // Binary: the bytes themselves.
  bool binary() const { return type.starts_with("Binary"); }
};
using MessageAttributes = std::map<std::string, MessageAttribute>;  // In the order MD5 wants.

// What few messages have, as it is unless set; a pointer then.
template <class T>
class Rarely {
 public:
  Rarely() = default;
  Rarely(const Rarely& other) : value_(other.value_ ? std::make_unique<T>(*other) : nullptr) {}
  Rarely(Rarely&&) noexcept = default;
  Rarely& operator=(Rarely other) noexcept {
    value_ = std::move(other.value_);
    return *this;
  }
  ~Rarely() = default;

  const T& operator*() const {
    static const T none{};
    return value_ ? *value_ : none;
  }
  const T* operator->() const { return &**this; }
  T& Set() {
    if (!value_) value_ = std::make_unique<T>();
    return *value_;
  }

 private:
  std::unique_ptr<T> value_;
};

// A text of N bytes at most, which needs no memory besides.
template <std::size_t N>
class ShortText {
 public:
  ShortText() = default;
  // What is longer is cut.
  ShortText& operator=(std::string_view text) {
    size_ = static_cast<std::uint8_t>(text.copy(text_.data(), N));
    return *this;
  }
  std::string_view view() const { return {text_.data(), size_}; }
  std::string str() const { return std::string(view()); }
  friend bool operator==(const ShortText& a, const ShortText& b) { return a.view() == b.view(); }
  friend bool operator==(const ShortText& a, std::string_view b) { return a.view() == b; }

 private:
  static_assert(N < 256);
  std::array<char, N> text_{};
  std::uint8_t size_ = 0;
};

// What the producer said.  Never changes, so that queue and answers share one copy.  Millions may
// wait: every byte here counts.
struct Content {
  struct Extras {
    MessageAttributes attributes;
    MessageAttributes system_attributes;  // AWSTraceHeader
    std::string group_id;                 // Empty: none.
    std::string deduplication_id;         // On FIFO queues; given, or of the body.
  };
  std::string body;
  ShortText<36> id;  // A UUID.
  ShortText<32> body_md5;
  Rarely<Extras> extras;
};
using SharedContent = std::shared_ptr<const Content>;

// One receipt of a message, or what is seen of it without one.
struct Received {
  SharedContent content;
  std::string handle;
  std::int64_t sent_ms = 0;
  std::int64_t first_received_ms = 0;
  std::uint32_t receives = 0;
  std::shared_ptr<const std::string> dead_letter_source;  // ARN of the queue it came from, if any.
  std::uint64_t sequence = 0;                             // On FIFO queues: grows in their order.
  enum class Place : std::uint8_t { kHanded, kVisible, kDelayed, kInFlight };
  Place place = Place::kHanded;  // Else it is listed, not received, and this is where it is.
};

}  // namespace bauta::queue
