// The attributes of a queue that can be set.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "queue/failure.h"

namespace bauta::queue {

// With a to z for A to Z: "true" for "True", as Python's clients write it.
std::string LowerAscii(std::string_view text);

using Attributes = std::map<std::string, std::string>;  // As on the wire.

struct Redrive {
  std::string target_arn;
  std::uint32_t max_receives = 0;
};

// The value of RedrivePolicy; empty text is no policy.
Outcome<std::optional<Redrive>> ParseRedrivePolicy(std::string_view text);

// What a message must keep to.
struct Rules {
  bool fifo = false;
  bool deduplicates_content = false;  // A body stands for the deduplication id that is not given.
  std::size_t max_size = 0;
};

class Settings {
 public:
  explicit Settings(bool fifo = false);

  // moto takes "VisibilityTimeout ", and its users' tests have it.
  static Attributes Trimmed(const Attributes& attributes);

  // Takes over `changes`, whose names are trimmed, or nothing if one of them is wrong.
  Outcome<> Apply(const Attributes& changes);
  // The name of an attribute in which `given` differs from this; attributes not given are not
  // compared.
  std::optional<std::string> Difference(const Attributes& given) const;
  // All that have a value.
  Attributes All() const;

  std::chrono::seconds delay() const { return std::chrono::seconds(Number("DelaySeconds")); }
  std::chrono::seconds visibility() const {
    return std::chrono::seconds(Number("VisibilityTimeout"));
  }
  std::chrono::seconds wait() const {
    return std::chrono::seconds(Number("ReceiveMessageWaitTimeSeconds"));
  }
  std::chrono::seconds retention() const {
    return std::chrono::seconds(Number("MessageRetentionPeriod"));
  }
  std::size_t max_size() const { return static_cast<std::size_t>(Number("MaximumMessageSize")); }
  const std::optional<Redrive>& redrive() const { return redrive_; }
  bool fifo() const { return fifo_; }
  std::string_view policy() const { return Text("Policy"); }
  bool LetsIn(std::string_view source_arn) const;  // As a dead-letter queue.
  Rules rules() const;
  bool deduplicates_by_group() const { return Text("DeduplicationScope") == "messageGroup"; }

  static bool IsKnown(std::string_view name);  // Can be set on some queue.

 private:
  Outcome<> CheckName(std::string_view name) const;
  Outcome<> Set(const std::string& name, const std::string& value);
  Outcome<> CheckWhole(const Attributes& changes) const;
  std::string_view Text(const std::string& name) const;
  int Number(std::string_view name) const;

  bool fifo_;
  std::array<int, 5> numbers_ = {0, 1048576, 345600, 0, 30};  // In the order of kRanges.
  Attributes texts_ = {{"SqsManagedSseEnabled", "true"}};
  std::optional<Redrive> redrive_;
};

}  // namespace bauta::queue
