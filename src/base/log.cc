#include "base/log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <atomic>

#include "base/text.h"

namespace bauta::log {
namespace {

std::atomic<Level> level_now = Level::kInfo;
std::atomic<bool> json_now = false;

constexpr std::array<std::string_view, 4> kNames = {"debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 4> kPadded = {"DEBUG", "INFO ", "WARN ", "ERROR"};

std::string Timestamp() {
  const std::int64_t ms = ToEpochMillis(SystemClock().Now());
  const std::tm utc = fmt::gmtime(static_cast<std::time_t>(ms / 1000));
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", utc, ms % 1000);
}

bool NeedsQuotes(std::string_view value) {
  return value.empty() || value.find_first_of(" \"=\n\r\t") != std::string_view::npos;
}

std::string TextLine(Level level, std::string_view target, std::string_view message,
                     Fields fields) {
  std::string line = fmt::format("{} {} {} {}", Timestamp(),
                                 kPadded[static_cast<std::size_t>(level)], target, message);
  for (const Field& field : fields) {
    line += fmt::format(" {}=", field.key);
    if (NeedsQuotes(field.value)) {
      AppendJsonString(line, field.value);
    } else {
      line += field.value;
    }
  }
  return line + '\n';
}

std::string JsonLine(Level level, std::string_view target, std::string_view message,
                     Fields fields) {
  std::string line = fmt::format(R"({{"ts":"{}","level":"{}","target":)", Timestamp(),
                                 kNames[static_cast<std::size_t>(level)]);
  AppendJsonString(line, target);
  line += ",\"msg\":";
  AppendJsonString(line, message);
  for (const Field& field : fields) {
    line += ',';
    AppendJsonString(line, field.key);
    line += ':';
    if (field.is_number) {
      line += field.value;
    } else {
      AppendJsonString(line, field.value);
    }
  }
  return line + "}\n";
}

// One write a line, so that lines of several threads and processes do not mix.
void Put(std::string_view line) {
  while (!line.empty()) {
    const ssize_t n = write(STDERR_FILENO, line.data(), line.size());
    if (n <= 0) return;
    line.remove_prefix(static_cast<std::size_t>(n));
  }
}

}  // namespace

Field::Field(std::string_view k, double v) : key(k), value(fmt::format("{}", v)), is_number(true) {}

void Configure(Level level, Format format) {
  level_now = level;
  json_now = format == Format::kJson || (format == Format::kAuto && isatty(STDERR_FILENO) == 0);
}

std::optional<Level> ParseLevel(std::string_view name) {
  if (name == "off") return Level::kOff;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (name == kNames[i]) return static_cast<Level>(i);
  }
  return std::nullopt;
}

std::optional<Format> ParseFormat(std::string_view name) {
  if (name == "auto") return Format::kAuto;
  if (name == "text") return Format::kText;
  if (name == "json") return Format::kJson;
  return std::nullopt;
}

bool Enabled(Level level) { return level != Level::kOff && level >= level_now; }

void Write(Level level, std::string_view target, std::string_view message, Fields fields) {
  if (!Enabled(level)) return;
  Put(json_now ? JsonLine(level, target, message, fields)
               : TextLine(level, target, message, fields));
}

std::optional<std::uint64_t> RateLimit::Pass(std::string_view about) {
  constexpr std::size_t kMostLines = 32;
  const std::lock_guard lock(mutex_);
  const SteadyTime now = clock_.SteadyNow();
  const auto known = lines_.find(about);
  if (known == lines_.end()) {
    if (lines_.size() >= kMostLines) {
      std::erase_if(lines_, [&](const auto& line) { return now - line.second.last >= interval_; });
    }
    if (lines_.size() >= kMostLines) return std::nullopt;
    lines_.emplace(about, Line{now});
    return 0;
  }
  Line& line = known->second;
  if (now - line.last < interval_) {
    ++line.held;
    return std::nullopt;
  }
  line.last = now;
  return std::exchange(line.held, 0);
}

}  // namespace bauta::log
