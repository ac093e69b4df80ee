// Structured log lines on stderr: text on a terminal, JSON elsewhere.
//
//   log::Info("worker 1", "committed", {{"rows", 5000}, {"ms", 12}});
//
// Never pass a body, a value of a masked column, a token, a key or a receipt handle.  Safe for use
// by several threads.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace bauta::log {

enum class Level { kDebug, kInfo, kWarn, kError, kOff };
enum class Format { kAuto, kText, kJson };

// What the lines look like from now on.  Call once, at start, before other threads exist.
void Configure(Level level, Format format);
std::optional<Level> ParseLevel(std::string_view name);
std::optional<Format> ParseFormat(std::string_view name);

struct Field {
  template <class T>
  requires(std::integral<T> && !std::same_as<T, bool>) Field(std::string_view k, T v)
      : key(k), value(std::to_string(v)), is_number(true) {}
  Field(std::string_view k, double v);
  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const std::string& v) : key(k), value(v) {}
  Field(std::string_view k, const char* v) : key(k), value(v) {}

  std::string_view key;
  std::string value;
  bool is_number = false;
};
using Fields = std::initializer_list<Field>;

bool Enabled(Level level);
void Write(Level level, std::string_view target, std::string_view message, Fields fields = {});
inline void Debug(std::string_view target, std::string_view message, Fields fields = {}) {
  Write(Level::kDebug, target, message, fields);
}
inline void Info(std::string_view target, std::string_view message, Fields fields = {}) {
  Write(Level::kInfo, target, message, fields);
}
inline void Warn(std::string_view target, std::string_view message, Fields fields = {}) {
  Write(Level::kWarn, target, message, fields);
}
inline void Error(std::string_view target, std::string_view message, Fields fields = {}) {
  Write(Level::kError, target, message, fields);
}

// Lets one line through every `interval` and counts the rest.
//
//   if (auto held = limit_.Pass()) log::Warn("source", "receive failed", {{"held_back", *held}});
//
// Safe for use by several threads.
class RateLimit {
 public:
  explicit RateLimit(std::chrono::milliseconds interval, const Clock& clock = SystemClock())
      : interval_(interval), clock_(clock) {}
  // Lines held back since the last one that passed, or nothing if this one is to be held back.
  // What differs in `about` is counted apart: news need not wait.
  std::optional<std::uint64_t> Pass(std::string_view about = {});

 private:
  struct Line {
    SteadyTime last;
    std::uint64_t held = 0;
  };

  const std::chrono::milliseconds interval_;
  const Clock& clock_;
  std::mutex mutex_;  // Guards what follows.
  std::map<std::string, Line, std::less<>> lines_;
};

}  // namespace bauta::log
